import type { ChainTree } from '../model/chains.ts'
import { shortBlock } from '../model/message.ts'

/** What stands on a block. Without a hash it is the canonical block of that number. */
export interface TreeMark {
  readonly text: string
  readonly number: number
  readonly hash: string | null
}

const [columnWidth, boxWidth, boxHeight, markHeight] = [60, 52, 20, 13]

/** A chain and its forks: blocks to the right are newer; the first line is the canonical chain. */
export function Tree(props: {
  readonly title: string
  readonly tree: ChainTree
  readonly marks: readonly TreeMark[]
}) {
  const { title, tree, marks } = props
  if (tree.blocks.length === 0) return <p class="quiet">{title}: no block yet</p>
  const on = (number: number, hash: string, row: number) =>
    marks.filter((mark) => mark.number === number && (mark.hash === null ? row === 0 : mark.hash === hash))
  // Each line is as high as its block with the most marks.
  const rowHeights = Array.from({ length: tree.rows }, (_, row) => {
    const most = Math.max(
      0,
      ...tree.blocks
        .filter((item) => item.row === row)
        .map(({ block }) => grouped(on(block.number, block.hash, row)).length),
    )
    return boxHeight + most * markHeight + 8
  })
  const tops = rowHeights.map((_, row) => rowHeights.slice(0, row).reduce((sum, height) => sum + height, 2))
  const x = (number: number) => 12 + (number - tree.low) * columnWidth
  const y = (row: number) => tops[row] ?? 0
  const rowOf = new Map(tree.blocks.map(({ block, row }) => [block.hash, row]))
  const width = x(tree.high) + columnWidth
  const behind = grouped(marks.filter(({ number }) => number < tree.low))
  return (
    <figure class="tree">
      <figcaption>
        <b>{title}</b>
        {behind.length === 0 ? null : (
          <span class="quiet">
            {' '}
            further back:{' '}
            {marks
              .filter(({ number }) => number < tree.low)
              .map(({ text, number }) => `${text} ${number}`)
              .join(', ')}
          </span>
        )}
      </figcaption>
      <div class="wide">
        <svg
          width={width}
          height={(tops.at(-1) ?? 0) + (rowHeights.at(-1) ?? 0)}
          role="img"
          aria-label={`${title}: ${describe(tree, marks)}`}
        >
          {tree.blocks.map(({ block, row, parent, guessed, orphaned }) => {
            if (parent === null)
              return block.number > tree.low ? null : (
                <path
                  key={block.hash}
                  class="edge"
                  d={`M${x(block.number)} ${y(row) + boxHeight / 2} h-10`}
                />
              )
            const [x1, y1] = [x(parent.number) + boxWidth, y(rowOf.get(parent.hash) ?? 0) + boxHeight / 2]
            const [x2, y2] = [x(block.number), y(row) + boxHeight / 2]
            return (
              <path
                key={block.hash}
                class={`edge${orphaned ? ' orphaned' : ''}${guessed ? ' guessed' : ''}`}
                d={`M${x1} ${y1} C${x1 + 8} ${y1} ${x2 - 8} ${y2} ${x2} ${y2}`}
              />
            )
          })}
          {tree.blocks.map(({ block, row, orphaned }) => (
            <g
              key={block.hash}
              class={orphaned ? 'block orphaned' : 'block'}
              transform={`translate(${x(block.number)} ${y(row)})`}
            >
              <title>
                {`${block.number} ${block.hash}${orphaned ? ' (orphaned)' : ''}${block.origin === undefined ? '' : `, L1 origin ${shortBlock(block.origin)}`}`}
              </title>
              <rect width={boxWidth} height={boxHeight} rx="3" />
              <text x={boxWidth / 2} y="14" text-anchor="middle">
                {shortBlock(block)}
              </text>
              {grouped(on(block.number, block.hash, row)).map((text, line) => (
                <text key={text} class="mark" x="1" y={boxHeight + (line + 1) * markHeight - 2}>
                  {text}
                </text>
              ))}
            </g>
          ))}
        </svg>
      </div>
    </figure>
  )
}

/** `fol U`, `fol L` become `fol U L`. */
function grouped(marks: readonly TreeMark[]): readonly string[] {
  const byName = new Map<string, string[]>()
  for (const { text } of marks) {
    const [name = '', letter] = text.split(' ')
    byName.set(name, [...(byName.get(name) ?? []), ...(letter === undefined ? [] : [letter])])
  }
  return [...byName].map(([name, found]) => [name, ...found].join(' '))
}

function describe(tree: ChainTree, marks: readonly TreeMark[]): string {
  const orphans = tree.blocks.filter(({ orphaned }) => orphaned)
  return [
    `blocks ${tree.low} to ${tree.high}`,
    orphans.length === 0
      ? 'no fork'
      : `orphaned: ${orphans.map(({ block }) => shortBlock(block)).join(', ')}`,
    ...marks.map(({ text, number }) => `${text} at ${number}`),
  ].join('; ')
}
