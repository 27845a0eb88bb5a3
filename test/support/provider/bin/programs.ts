// What a runner runs with the provider `test` beside those of the release.
import { plugins as needed } from '../../../../operator/provider/registry/plugins.ts'
import { programsModule } from '../../../../operator/provider/registry/programs-module.ts'
import { runners } from '../../../../operator/provider/registry/runner.ts'
import { addonFaults } from '../../../../programs/addons/index.ts'
import { clouds, programsWith } from '../../../../programs/index.ts'
import { version } from '../plugin.ts'
import { cloud } from '../program.ts'
import { testRunner } from '../runner.ts'

export const {
  programs,
  plugins,
  preload,
  findCreated,
  asMade,
  refusal,
  unaccounted,
  explanations,
} = programsModule({
  programs: programsWith({ ...clouds, test: cloud }),
  plugins: { ...needed, test: version },
  runners: { ...runners, test: testRunner },
  addonFaults,
})
