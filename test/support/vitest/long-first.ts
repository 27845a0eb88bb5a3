// The order in which vitest plays files: one that takes minutes and came last would be played alone.
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { reasonOf } from './takes-minutes.ts'

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => reasonOf(moduleId) !== undefined
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
