import { endsOf, gossipName, type Message, type MessageGroup } from './message.ts'

/** Which messages are shown; null is any. */
export interface MessageFilter {
  readonly groups: readonly MessageGroup[]
  readonly link: string | null
  readonly method: string | null
  readonly outcome: string | null
  /** Only those that were refused, failed or were not valid. */
  readonly badOnly: boolean
}

/** What nodes tell each other. Reads of L1 are many, and matter when one fails: those are always among them. */
export const noFilter: MessageFilter = {
  groups: ['source', 'engine', 'gossip'],
  link: null,
  method: null,
  outcome: null,
  badOnly: false,
}

export function filterMessages(messages: readonly Message[], filter: MessageFilter): readonly Message[] {
  const { groups, link, method, outcome, badOnly } = filter
  // Whoever asks for a link, method or outcome by name wants it whatever its group.
  const named = link !== null || method !== null || outcome !== null
  return messages.filter(
    (message) =>
      (named || groups.includes(message.group) || (message.group === 'l1' && !message.ok)) &&
      (link === null || message.link === link) &&
      (method === null || message.method === method) &&
      (outcome === null || message.outcome === outcome) &&
      (!badOnly || !message.ok),
  )
}

/** Every link, method and outcome that there is, in the order of their names. */
export interface MessageNames {
  readonly links: readonly string[]
  readonly methods: readonly string[]
  readonly outcomes: readonly string[]
}

export function namesIn(messages: readonly Message[]): MessageNames {
  const [links, methods, outcomes] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const message of messages) {
    links.add(message.link)
    methods.add(message.method)
    outcomes.add(message.outcome)
  }
  return { links: [...links].sort(), methods: [...methods].sort(), outcomes: [...outcomes].sort() }
}

/** Who takes part, L1 first, then each node beside its engine, and the gossip that all of them share. */
export function participantsOf(messages: readonly Message[]): readonly string[] {
  const links = new Set<string>()
  for (const { link } of messages) links.add(link)
  const names = new Set([...links].flatMap(endsOf))
  const rank = (name: string) =>
    name === 'l1' ? 0 : name === 'beacon' ? 1 : name === 'batcher' ? 2 : name === gossipName ? 9 : 3
  // `reference` before `reference-el`, and the nodes in the order of their names.
  return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}
