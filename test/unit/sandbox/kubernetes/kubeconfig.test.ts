// kubeconfig text as a YAML parser reads it.
import { expect, test } from 'vitest'
import { load, YAML11_SCHEMA } from 'js-yaml'
import { kubeconfig, readKubeconfig } from '../../../sandbox/kubernetes/kubeconfig.ts'

test.each(['team-a', 'n', 'on', '1', '0x10', 'null'])(
  'a cluster called %s keeps its name',
  (name) => {
    const user = { cert: 'CERT', key: 'KEY' }
    const given = { server: 'https://127.0.0.1:1', ca: 'CA', user }
    const text = kubeconfig({ name, ...given })
    expect(load(text, { schema: YAML11_SCHEMA })).toMatchObject({
      'current-context': name,
      clusters: [{ name, cluster: { server: 'https://127.0.0.1:1' } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    })
    expect(readKubeconfig(text)).toEqual(given)
  },
)
