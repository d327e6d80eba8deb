import type { Message } from '../model/message.ts'

export const arrowWidth = 190
const height = 20

/** Where the life line of a participant is. */
export function columnOf(names: readonly string[], name: string): number {
  const place = Math.max(0, names.indexOf(name))
  return Math.round(10 + (place * (arrowWidth - 20)) / Math.max(1, names.length - 1))
}

/** One row of the sequence diagram: the life lines, and the arrow between two of them. */
export function MessageArrow(props: { readonly message: Message; readonly names: readonly string[] }) {
  const { message, names } = props
  const [from, to] = [columnOf(names, message.from), columnOf(names, message.to)]
  const y = height / 2
  const tip = to > from ? -6 : 6
  return (
    <svg
      class={`arrow ${message.ok ? message.group : 'bad'}`}
      width={arrowWidth}
      height={height}
      aria-hidden="true"
    >
      {names.map((name) => {
        const x = columnOf(names, name)
        return <line key={name} class="life" x1={x} x2={x} y1="0" y2={height} />
      })}
      <line class="shaft" x1={from} x2={to} y1={y} y2={y} />
      <path class="tip" d={`M${to} ${y} l${tip} -4 v8 z`} />
      <circle class="root" cx={from} cy={y} r="2.5" />
    </svg>
  )
}
