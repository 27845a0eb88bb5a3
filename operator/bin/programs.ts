// What a runner runs: the programs, the plugins that they need, and what they ask the cloud beside the plugins.
// The engine's `programsModule`. Wiring only.
import { plugins as needed } from '../provider/registry/plugins.ts'
import { programsModule } from '../provider/registry/programs-module.ts'
import { runners } from '../provider/registry/runner.ts'
import { addonFaults } from '../../programs/addons/index.ts'
import { programs as all } from '../../programs/index.ts'

export const {
  programs,
  plugins,
  preload,
  findCreated,
  asMade,
  refusal,
  unaccounted,
  explanations,
} = programsModule({ programs: all, plugins: needed, runners, addonFaults })
