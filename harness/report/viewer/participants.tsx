import { arrowWidth, columnOf } from './message-arrow.tsx'

/** The names above the life lines of the sequence diagram. */
export function Participants({ names }: { readonly names: readonly string[] }) {
  return (
    <svg class="participants" width={arrowWidth + 60} height="58" aria-hidden="true">
      {names.map((name) => {
        const x = columnOf(names, name)
        return (
          <g key={name} transform={`translate(${x} 54) rotate(-38)`}>
            <text x="2" y="0">
              {name}
            </text>
          </g>
        )
      })}
      {names.map((name) => (
        <line key={name} x1={columnOf(names, name)} x2={columnOf(names, name)} y1="55" y2="58" />
      ))}
    </svg>
  )
}
