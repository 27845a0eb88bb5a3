// npm run bench [-- name...]: measures and prints one JSON object a line on stdout; what goes on is told on stderr.
// Without names everything is measured, one after the other: they would disturb each other.
import { argv } from 'node:process'
import { measureEngines } from './tenant/engines.ts'
import { measureFleet } from './fleet/fleet.ts'
import { measureLoadtest } from './loadtest/loadtest.ts'
import { measureNoop } from './tenant/noop.ts'
import { measureOverhead } from './tenant/overhead.ts'
import type { Figures } from './say.ts'
import { measureSandbox } from './sandbox.ts'

const benches: Readonly<Record<string, () => Promise<Figures[]>>> = {
  overhead: measureOverhead,
  noop: measureNoop,
  engines: measureEngines,
  fleet: measureFleet,
  sandbox: measureSandbox,
  loadtest: measureLoadtest,
}

const names = argv.length > 2 ? argv.slice(2) : Object.keys(benches)
const unknown = names.filter((name) => !(name in benches))
if (unknown.length > 0) {
  console.error(`npm run bench -- [${Object.keys(benches).join(' | ')}]: not ${unknown.join(', ')}`)
  process.exit(2)
}
for (const [name, measure] of Object.entries(benches).filter(([known]) => names.includes(known))) {
  console.error(`${name}:`)
  for (const figures of await measure()) console.log(JSON.stringify(figures))
}
