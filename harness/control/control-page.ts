import { readFileSync } from 'node:fs'
import type { ControlContext } from './control-method.ts'
import { controlMethods, describeMethods } from './control-methods.ts'

interface Property {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly description?: string
}

const example = new URL('../../docs/examples/drive-a-devstack.sh', import.meta.url)

/** docs/control.md. */
export function controlPage(): string {
  const methods = describeMethods<ControlContext>(controlMethods).map(({ method, description, params }) => {
    const properties = Object.entries((params.properties ?? {}) as Record<string, Property>)
    const required = new Set(params.required)
    const rows = properties.map(
      ([name, property]) =>
        `| \`${name}\`${required.has(name) ? '' : '?'} | ${typeOf(property)} | ${property.description ?? ''} |`,
    )
    const table = rows.length === 0 ? [] : ['', '| parameter | what | |', '|---|---|---|', ...rows]
    return [`## ${method}`, '', description, ...table, ''].join('\n')
  })
  return `# Driving a devstack from outside

Made by \`npm run docs\` from the methods themselves; a test checks that it is current.

\`lockstep up\` serves ${Object.keys(controlMethods).length + 1} methods as JSON-RPC 2.0 over HTTP on loopback, for scripts in any language. It prints the
URL and the file of the token; \`lockstep up --json\` has both under \`control\`. A call sends the token as
\`Authorization: Bearer TOKEN\`, and its parameters as one object in an array; where none is required, nothing. A wrong
parameter is error −32602, and says what was expected; what could not be done is error −32000, in the words of what failed.
Web pages are refused. The devstack ends with Ctrl-C, or SIGTERM to \`lockstep up\`; its token is worth nothing then.

In a [Compose file](clients.md#as-a-compose-file) \`lockstep gateway\` serves those of faults, and \`lockstep l1\` those of L1 and of faults.

\`\`\`sh
${readFileSync(example, 'utf8').trim()}
\`\`\`

In TypeScript, \`createControlClient({ url, token })\` of \`lockstep/control\` has the same methods with their types.
\`control_methods\` answers all of the following, with the parameters as JSON Schema.

${methods.join('\n')}`
}

function typeOf({ type, enum: values, minimum, maximum }: Property): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ')
  const range = minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? 0} to ${maximum ?? '…'}`
  return `${type ?? 'value'}${Number.isSafeInteger(maximum) && maximum !== Number.MAX_SAFE_INTEGER ? range : ''}`
}
