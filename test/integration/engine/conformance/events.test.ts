import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { secret } from '@pulumi/pulumi'
import { expect, test } from 'vitest'
import { Thing } from './scenarios.ts'
import { openStack } from './stack-harness.ts'

test('a listener in this process hears what the caller of the Automation API hears, and no secret', async () => {
  await using opened = await openStack()
  const heard: EngineEvent[] = []
  await opened.up(
    async () => {
      new Thing('one', { name: 'one', token: secret('hidden away') })
      return {}
    },
    { onEvent: (event) => heard.push(event) },
  )
  expect(opened.events.map((event) => Object.keys(event).at(-1))).toContain('resOutputsEvent')
  const told = JSON.stringify(opened.events)
  expect(JSON.parse(told)).toEqual(heard)
  expect(told).not.toContain('hidden away')
})
