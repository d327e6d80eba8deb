import { textOf } from './model/message.ts'
import type { RunIndex } from './model/run-index.ts'

/** A run in the Chrome trace event format, which Perfetto and chrome://tracing open. Times in it are microseconds. */
export function chromeTrace(index: RunIndex): object {
  const lanes = new Map<string, number>()
  const lane = (name: string) => {
    const known = lanes.get(name) ?? lanes.size + 1
    lanes.set(name, known)
    return known
  }
  const us = (t: number) => Math.round((t - index.from) * 1000)
  const span = (name: string, on: string, from: number, to: number, args: object = {}) => ({
    ...{ ph: 'X', pid: 1, tid: lane(on), name, ts: us(from), dur: Math.max(1, us(to) - us(from)), args },
  })
  const instant = (name: string, on: string, t: number) => ({
    ...{ ph: 'i', pid: 1, tid: lane(on), name, ts: us(t), s: 'p' },
  })
  const events = [
    ...index.steps.map(({ name, from, to, end }) => span(name, 'steps', from, to ?? index.to, { end })),
    ...index.waits.map(({ id, name, from, to, end }) =>
      span(name, `wait ${id}`, from, to ?? index.to, { end }),
    ),
    ...index.faults.map(({ id, name, point, from, to, hits }) =>
      span(`${name} on ${point}`, `fault ${id}`, from, to ?? index.to, { hits: hits.length }),
    ),
    ...index.messages.map((message) => {
      const { link, method, outcome, sent, t, seq } = message
      return span(method, link, sent, t, { text: textOf(message), outcome, seq })
    }),
    ...index.reorgs.map(({ t, orphaned }) => instant(`L1 reorg of ${orphaned.length}`, 'L1', t)),
    ...index.violations.map(({ t, invariant, node }) => instant(`${invariant} violated by ${node}`, node, t)),
    ...[...index.heads].flatMap(([node, levels]) =>
      [...levels].flatMap(([level, track]) =>
        track.map(({ t, value }) => ({
          ...{ ph: 'C', pid: 1, name: `${node} ${level}`, ts: us(t), args: { block: value.number } },
        })),
      ),
    ),
  ]
  const names = [...lanes].map(([name, tid]) => ({
    ph: 'M',
    pid: 1,
    tid,
    name: 'thread_name',
    args: { name },
  }))
  return { displayTimeUnit: 'ms', traceEvents: [...names, ...events] }
}
