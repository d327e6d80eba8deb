import type { Topology } from '../world/topology.ts'
import { type CarriedCall, callFact } from './call-fact.ts'
import type { EventStream } from './stream.ts'
import { type Traffic, trafficFact } from './traffic.ts'
import { trafficRole } from './traffic-role.ts'

/** Names the links whose bodies are kept, separated by commas; `all` for every link. */
export const bodiesVariable = 'LOCKSTEP_EVENT_BODIES'

/** What bodies may take of a timeline, all links together. Then they are left out, with a note. */
const bodyBytesMax = 64 * 1024 * 1024

/** As {@link recordTraffic}, of links that carry calls as they are: they have no bodies. */
export function recordCalls(
  events: EventStream,
  topology: Pick<Topology, 'cls'>,
): (link: string) => (call: CarriedCall) => void {
  return (link) => {
    const role = trafficRole(topology, link)
    return (call) => events.record(callFact(role, call))
  }
}

/** Records what passes over a topology's links. Returns the observer for the link with that name. */
export function recordTraffic(
  events: EventStream,
  topology: Pick<Topology, 'cls'>,
  bodiesOf: string | undefined,
): (link: string) => (traffic: Traffic) => void {
  const wanted = new Set((bodiesOf ?? '').split(',').map((name) => name.trim()))
  let bytes = 0
  return (link) => {
    const role = trafficRole(topology, link)
    const keeps = wanted.has('all') || wanted.has(link)
    return (traffic) => {
      if (keeps && bytes <= bodyBytesMax) {
        bytes += traffic.requestBody.byteLength + (traffic.responseBody?.byteLength ?? 0)
        if (bytes > bodyBytesMax)
          events.record({
            kind: 'note',
            component: 'events',
            message: `more than ${bodyBytesMax} bytes of bodies: the rest is left out; name fewer links in ${bodiesVariable}`,
          })
      }
      events.record(trafficFact(role, traffic, keeps && bytes <= bodyBytesMax))
    }
  }
}
