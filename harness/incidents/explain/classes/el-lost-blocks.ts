import { engineLosses } from '../engine-losses.ts'
import { engineNodes } from '../features.ts'
import type { ClassRule } from './class-rule.ts'

export const elLostBlocks: ClassRule = {
  name: 'el-lost-blocks',
  title: 'An execution engine came back with fewer blocks than it had.',
  next: 'How it ended (SIGKILL, a wiped data directory) and what it flushes; whether it has peers to get them from.',
  leadsTo: ['sequencer-oscillates', 'source-restarted'],
  judge(incident) {
    const engines = engineNodes(incident)
    const lost = engines.flatMap((engine) => {
      const [step] = engineLosses(incident, engine)
      if (step === undefined) return []
      const away = engine.gaps.find(({ from, to }) => from <= step.t && to >= step.t - 5_000)
      return [
        {
          weight: 4,
          t: away?.from ?? step.t,
          node: engine.name,
          text: `the head of ${engine.name} went from ${step.from.number} back to ${step.to.number}`,
        },
        ...(away === undefined ? [] : [{ weight: 2, t: away.from, text: `${engine.name} had been away` }]),
      ]
    })
    const done = incident.events.find(
      (event) =>
        event.kind === 'component' && /-el$/.test(event.component) && ['wipe', 'kill'].includes(event.action),
    )
    if (done?.kind === 'component')
      lost.push({ weight: 3, t: done.t, node: done.component, text: `${done.action} ${done.component}` })
    return lost.length > 0 ? lost : [{ weight: -4, text: 'no engine’s head went back' }]
  },
}
