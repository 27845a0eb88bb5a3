// The add-ons, a line each. The name is that of the settings: spec.<name> or spec.addons.<name>.
export { autofs } from './autofs/addon.ts'
export { loadTesting } from './load-testing/addon.ts'
