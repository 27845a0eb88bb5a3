// Builders of load-test subjects for the tests in this folder.
import type { LocustTestSpec } from '../../../operator/api/locust/locust-types.ts'
import type { Subject } from '../../../operator/loadtest/spec/subject.ts'
import { readSettings } from '../../../operator/loadtest/settings.ts'

export const defaults = readSettings({})

export const spec = (more: Partial<LocustTestSpec> = {}): LocustTestSpec => ({
  image: 'locustio/locust:2.47.0',
  master: { command: '-f /lotest/src/test.py --host http://shop' },
  worker: { command: '-f /lotest/src/test.py', replicas: 3 },
  ...more,
})

export const subject = (more: Partial<LocustTestSpec> = {}, name = 'shop.load'): Subject => ({
  name,
  namespace: 'team-a',
  uid: 'uid-1',
  apiVersion: 'locust.io/v2',
  spec: spec(more),
})
