// Which objects and changes a handler is for: labels, annotations, a field and its value, both sides of a change, a function.
import { ABSENT, PRESENT, type Candidate, type Operator } from '@cratekube/framework'
import { widgets, type WidgetSpec, type WidgetStatus } from '../widget.ts'

type Seen = Candidate<WidgetSpec, WidgetStatus>
const isRound = (value: string | undefined, { obj }: Seen) =>
  value === 'round' && obj.spec.size !== undefined

export default (op: Operator) => {
  op.for(widgets)
    .onCreate(async (c) => c.log.info('label matches'), { labels: { form: 'round' } })
    .onCreate(async (c) => c.log.info('label is there'), { labels: { form: PRESENT } })
    .onCreate(async (c) => c.log.info('label is absent'), { labels: { nothing: ABSENT } })
    .onCreate(async (c) => c.log.info('label by function'), { labels: { form: isRound } })
    .onCreate(async (c) => c.log.info('annotation matches'), { annotations: { note: 'nice' } })
    .onCreate(async (c) => c.log.info('annotation is there'), { annotations: { note: PRESENT } })
    .onCreate(async (c) => c.log.info('annotation differs'), { annotations: { note: 'other' } })
    .onCreate(async (c) => c.log.info('when holds'), { when: ({ obj }) => obj.spec.size === 1 })
    .onCreate(async (c) => c.log.info('when fails'), { when: () => false })
    .onCreate(async (c) => c.log.info('value matches'), { field: 'spec.color', value: 'red' })
    .onCreate(async (c) => c.log.info('value differs'), { field: 'spec.color', value: 'blue' })
    .onCreate(async (c) => c.log.info('field is missing'), { field: 'spec.items' })
    .onUpdate(async (c) => c.log.info('red to blue'), {
      field: 'spec.color',
      old: 'red',
      new: 'blue',
    })
    .onUpdate(async (c) => c.log.info('red to green'), {
      field: 'spec.color',
      old: 'red',
      new: 'green',
    })
    .daemon(async (c) => c.log.info('daemon of the red'), { field: 'spec.color', value: 'red' })
}
