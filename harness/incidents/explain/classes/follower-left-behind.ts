import { followers, headAt } from '../features.ts'
import { leftBehind } from '../follower-findings.ts'
import type { Incident, IncidentNode } from '../incident.ts'
import type { ClassRule, Evidence } from './class-rule.ts'

/** A poll or two that got no answer is nothing. */
const silentBlocks = 5
/** What the source has just published was perhaps not asked for yet. */
const onTheWay = 2

/** It says no more than that somebody stands still: every class that knows why comes before it. */
export const followerLeftBehind: ClassRule = {
  name: 'follower-left-behind',
  title: 'A follower stands still while its source goes on.',
  next: 'Whether its source answers it: its log, and the link between them; then what its own L1 and its engine say.',
  judge: (incident) =>
    followers(incident)
      .flatMap(({ follower, source }) => behindOf(incident, follower, source))
      // Two that stand still are not more of a reason than one.
      .map((evidence, index) => (index === 0 ? { ...evidence, weight: 3 } : evidence)),
}

function behindOf(incident: Incident, follower: IncidentNode, source: IncidentNode): readonly Evidence[] {
  // A source that does not answer goes on all the same.
  const itself = incident.nodes.get(source.component) ?? source
  const [behind] = leftBehind(incident, follower, itself)
  if (behind === undefined) return []
  const until = behind.until ?? incident.to
  const told = headAt(source, 'localSafe', until)
  const had = headAt(itself, 'localSafe', until)
  const silence =
    source.kind === 'told'
      ? source.gaps.find(({ from, to }) => to - from > silentBlocks * incident.l2BlockMs)
      : undefined
  const why =
    silence !== undefined
      ? `${source.component} did not answer ${follower.name} for ${Math.round((silence.to - silence.from) / 1000)} s`
      : told !== null && had !== null && told.number < had.number - onTheWay
        ? `${source.component} was at local-safe ${had.number}, and told ${follower.name} ${told.number}`
        : null
  return [
    { weight: 0, t: behind.t, node: follower.name, text: `${follower.name}: ${behind.what}` },
    ...(why === null ? [] : [{ weight: 0, text: why }]),
  ]
}
