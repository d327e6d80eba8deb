import { consensusNodes, engineNodes, headAt, lags, unsafePatienceMs } from '../features.ts'
import type { Incident, IncidentNode } from '../incident.ts'
import type { ClassRule } from './class-rule.ts'

export const elStuckSyncing: ClassRule = {
  name: 'el-stuck-syncing',
  title: 'An execution engine syncs and does not come to its end.',
  next: 'Does the engine have peers that have the blocks? `net_peerCount` is in the recording.',
  judge(incident) {
    const patienceMs = unsafePatienceMs(incident)
    return engineNodes(incident).flatMap((engine) => {
      const track = incident.syncing.get(engine.name) ?? []
      const spells = track
        .map(({ t, value }, index) => ({ from: t, to: track[index + 1]?.t ?? incident.to, value }))
        .filter(({ from, to, value }) => value && to - from >= patienceMs)
      const driver = driverOf(incident, engine)
      const [lag] =
        driver === null
          ? []
          : lags(incident, engine, 'unsafe', {
              behind: (t) => headAt(driver, 'unsafe', t)?.number ?? null,
              blocks: 5,
              ms: patienceMs,
            })
      return [
        ...spells.slice(0, 1).map(({ from, to }) => ({
          weight: 4,
          t: from,
          node: engine.name,
          text: `eth_syncing of ${engine.name} was not false for ${Math.round((to - from) / 1000)} s`,
        })),
        ...(lag === undefined || driver === null
          ? []
          : [
              {
                weight: 3,
                t: lag.from,
                node: engine.name,
                text: `${driver.name} names unsafe blocks up to ${lag.blocks} above the head of ${engine.name}`,
              },
            ]),
        ...(spells.length === 0 && track.length > 0
          ? [{ weight: -2, text: `${engine.name} never said that it syncs` }]
          : []),
      ]
    })
  },
}

/** The node whose name the engine's begins with: `follower` drives `follower-el`. Recordings are told no more. */
function driverOf(incident: Incident, engine: IncidentNode): IncidentNode | null {
  return (
    consensusNodes(incident)
      .filter(({ name }) => engine.name.startsWith(name))
      .sort((a, b) => b.name.length - a.name.length)[0] ?? null
  )
}
