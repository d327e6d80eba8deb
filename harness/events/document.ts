import { z } from 'zod'
import { factSchema, timelineVersion } from './event.ts'
import { marks } from './marks.ts'

/** JSON Schema as zod writes it, as far as the schemas of events need it. */
const jsonSchema = z.looseObject({
  description: z.string().optional(),
  type: z.string().optional(),
  const: z.union([z.string(), z.number()]).optional(),
  enum: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), jsonSchema).optional()
  },
  get items() {
    return jsonSchema.optional()
  },
  required: z.array(z.string()).optional(),
})
type JsonSchema = z.infer<typeof jsonSchema>

/** `docs/events.md`: every kind of event with its fields, from the schemas that write and read them. */
export function documentEvents(): string {
  const kinds = factSchema.options.map((option) =>
    jsonSchema.parse(z.toJSONSchema(option, { io: 'input', unrepresentable: 'any' })),
  )
  return `${[
    '# Events',
    'Made from the schemas in `harness/events` by `npm run docs`. A test checks that it is current.',
    [
      'Everything that happens in a run is an event in one stream. Waits, invariants, reports and `timeline.ndjson` in the',
      'run’s directory read that stream; nothing observes beside it. The file is NDJSON: one event per line, in the order of',
      'the stream. A run that was killed may end with half a line. Unknown kinds do not occur within a version.',
    ].join('\n'),
    `This is version ${timelineVersion}; the first line, of kind \`run\`, says it. Every event has, besides its own fields:`,
    table(
      ['field', 'type', ''],
      [
        ['`seq`', 'integer', 'counts the events of a run from 0'],
        ['`t`', 'number', 'when it was recorded: Unix time in milliseconds'],
        ['`kind`', 'string', 'what it is: one of the following'],
      ],
    ),
    '`?` marks a field that may be missing. A `block` is `{ number, hash }`; hashes are `0x` and 64 digits.',
    ...kinds.map(documentKind),
    '## Marks',
    'What an event of kind `reach` may name. The required ones must be reached by somebody in a full run of the suite.',
    table(
      ['mark', 'required', ''],
      Object.entries(marks).map(([mark, { what, required }]) => [mark, required ? 'yes' : '', what]),
    ),
  ].join('\n\n')}\n`
}

function documentKind({ description = '', properties = {}, required = [] }: JsonSchema): string {
  const { kind, ...fields } = properties
  const rows = Object.entries(fields).map(([field, schema]) => [
    `\`${field}\`${required.includes(field) ? '' : '?'}`,
    typeOf(schema),
    schema.description ?? '',
  ])
  return [`## ${kind?.const}`, description, table(['field', 'type', ''], rows)].join('\n\n')
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`
  if (schema.type !== 'object') return schema.type ?? 'any JSON'
  const names = Object.keys(schema.properties ?? {})
  if (names.length === 0) return 'object'
  if (names.join() === 'number,hash') return 'block'
  const { required = [], properties = {} } = schema
  const parts = names.map((field) => {
    const type = typeOf(properties[field] ?? {})
    return `${field}${required.includes(field) ? '' : '?'}${type === 'block' || type.startsWith('{') ? `: ${type}` : ''}`
  })
  return `{ ${parts.join(', ')} }`
}

/** As prettier would align it, so that a reader of the source sees columns too. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) =>
    Math.max(3, cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
