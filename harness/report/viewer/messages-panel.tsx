import { useMemo, useState } from 'preact/hooks'
import {
  filterMessages,
  type MessageFilter,
  namesIn,
  noFilter,
  participantsOf,
} from '../model/filter-messages.ts'
import { type Message, type MessageGroup, textOf } from '../model/message.ts'
import type { RunIndex } from '../model/run-index.ts'
import { placeAt } from '../model/track.ts'
import { formatCount, formatTime } from './format.ts'
import { MessageArrow } from './message-arrow.tsx'
import { Participants } from './participants.tsx'
import { VirtualList } from './virtual-list.tsx'

const groups: readonly (readonly [MessageGroup, string])[] = [
  ['source', 'source'],
  ['engine', 'engine'],
  ['gossip', 'gossip'],
  ['l1', 'L1'],
  ['other', 'other'],
]

/** What they said to each other. */
export function MessagesPanel(props: {
  readonly index: RunIndex
  readonly cursor: number
  readonly onCursor: (t: number) => void
  readonly onOpen: (message: Message) => void
}) {
  const { index, cursor, onCursor, onOpen } = props
  const [filter, setFilter] = useState<MessageFilter>(noFilter)
  const [chosen, choose] = useState<number | null>(null)
  const messages = useMemo(() => filterMessages(index.messages, filter), [index, filter])
  const { links, methods, outcomes } = useMemo(() => namesIn(index.messages), [index])
  const names = useMemo(() => participantsOf(messages), [messages])
  const known = chosen === null ? undefined : messages[chosen]
  // Several messages may share a moment: the chosen one counts as long as the cursor stays on it.
  const current = known?.t === cursor && chosen !== null ? chosen : placeAt(messages, cursor, index.teardown)
  const set = (change: Partial<MessageFilter>) => setFilter({ ...filter, ...change })
  const toggle = (group: MessageGroup) =>
    set({
      groups: filter.groups.includes(group)
        ? filter.groups.filter((other) => other !== group)
        : [...filter.groups, group],
    })
  return (
    <section class="panel messages" aria-label="What they said to each other">
      <div class="bar">
        <h2>Messages</h2>
        {groups.map(([group, label]) => (
          <label key={group}>
            <input type="checkbox" checked={filter.groups.includes(group)} onChange={() => toggle(group)} />
            {label}
          </label>
        ))}
        <label>
          <input
            type="checkbox"
            checked={filter.badOnly}
            onChange={() => set({ badOnly: !filter.badOnly })}
          />
          ✗ only
        </label>
        <span class="quiet count">
          {formatCount(messages.length)}/{formatCount(index.messages.length)}
        </span>
      </div>
      <div class="bar">
        <Choice name="link" values={links} value={filter.link} onChange={(link) => set({ link })} />
        <Choice name="method" values={methods} value={filter.method} onChange={(method) => set({ method })} />
        <Choice
          name="outcome"
          values={outcomes}
          value={filter.outcome}
          onChange={(outcome) => set({ outcome })}
        />
      </div>
      <Participants names={names} />
      <VirtualList
        label="messages"
        count={messages.length}
        rowHeight={20}
        current={current}
        empty="No message passes the filter."
        onChoose={(place, open) => {
          const message = messages[place]
          if (message === undefined) return
          choose(place)
          onCursor(message.t)
          if (open) onOpen(message)
        }}
        row={(place) => {
          const message = messages[place]
          if (message === undefined) return null
          return (
            <>
              <span class="time">{formatTime(message.t, index.from)}</span>
              <MessageArrow message={message} names={names} />
              {/* What gossip came to is what was done. */}
              {message.ok && message.outcome === message.method ? null : (
                <span class={message.ok ? 'outcome' : 'outcome bad'}>
                  {message.ok ? '' : '✗ '}
                  {message.outcome}
                </span>
              )}
              <span class="said" title={`${message.link} ${message.method} ${textOf(message)}`}>
                <b>{message.method.replace(/^(engine|optimism)_/, '')}</b> {textOf(message)}
              </span>
            </>
          )
        }}
      />
    </section>
  )
}

function Choice(props: {
  readonly name: string
  readonly values: readonly string[]
  readonly value: string | null
  readonly onChange: (value: string | null) => void
}) {
  return (
    <label class="choice">
      {props.name}
      <select
        value={props.value ?? ''}
        onChange={(event) => props.onChange(event.currentTarget.value || null)}
      >
        <option value="">any</option>
        {props.values.map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
    </label>
  )
}
