import { useEffect, useRef } from 'preact/hooks'
import type { Message } from '../model/message.ts'
import { formatDuration, formatTime } from './format.ts'

/** A body longer than this is cut: a browser lays out every line of it. */
const bodyCharactersMax = 60_000

/** One message whole: request, response and what the harness read in it. Escape closes it. */
export function MessageDetails(props: {
  readonly message: Message
  readonly from: number
  readonly onClose: () => void
}) {
  const { message, from, onClose } = props
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const { kind: _kind, seq: _seq, t: _t, ...facts } = message.event
  const { request, response, ...rest } = facts as Record<string, unknown>
  return (
    <dialog ref={dialog} class="details" aria-label="Message" onClose={onClose}>
      <div class="bar">
        <h2>
          {message.from} → {message.to}
        </h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          close <kbd>Esc</kbd>
        </button>
      </div>
      <p>
        <b>{message.method}</b>{' '}
        <span class={message.ok ? '' : 'bad'}>{message.ok ? message.outcome : `✗ ${message.outcome}`}</span>
      </p>
      <p class="quiet">
        sent {formatTime(message.sent, from)}, known {formatTime(message.t, from)} (
        {formatDuration(message.t - message.sent)}), event {message.seq}
      </p>
      <Body name="what was read in it" value={rest} />
      <Body name="request" value={request} />
      <Body name="response" value={response} />
      {request === undefined && response === undefined && message.group !== 'gossip' ? (
        <p class="quiet">
          Bodies are kept when LOCKSTEP_EVENT_BODIES names the link: LOCKSTEP_EVENT_BODIES='{message.link}'
        </p>
      ) : null}
    </dialog>
  )
}

function Body({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (value === undefined) return null
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return (
    <>
      <h3>{name}</h3>
      <pre>
        {text.slice(0, bodyCharactersMax)}
        {text.length > bodyCharactersMax ? `\n… ${text.length - bodyCharactersMax} characters more` : ''}
      </pre>
    </>
  )
}
