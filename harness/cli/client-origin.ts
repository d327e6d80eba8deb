import { clientVariables } from '../clients/choice.ts'
import { binaryVariable } from '../clients/program-source.ts'
import { splitAt } from './arguments.ts'

/** Where the choice of a client was made: who has to change it finds it by this name. */
export interface ClientOrigin {
  /** Of `--cl`, `--el` or `--cl-at`: the flag, the configuration's file, or the variable. */
  choice(what: ClientChoiceFlag): string
  /** Of the program of a kind. */
  program(kind: string): string
}

export type ClientChoiceFlag = 'cl' | 'el' | 'at'

export interface WrittenClients {
  /** Which of these flags are on the command line. */
  readonly flags: Partial<Record<ClientChoiceFlag, readonly string[]>>
  /** `kind=command`, by the flag that says it. */
  readonly bin: Readonly<Record<string, readonly string[]>>
  /** The configuration that says something about clients too, if any. */
  readonly config?: {
    readonly path: string
    readonly cl: readonly string[]
    readonly el: readonly string[]
    readonly bin: readonly string[]
  }
}

const variables = { cl: clientVariables.cl, el: clientVariables.el, at: clientVariables.attached } as const
const flagNames = { cl: '--cl', el: '--el', at: '--cl-at' } as const

/** What is on the command line wins over the configuration, and that over the environment. */
export function clientOrigin({ flags, bin, config }: WrittenClients): ClientOrigin {
  const isOf = (kind: string) => (text: string) => splitAt(text, '=')[0] === kind
  return {
    choice(what) {
      if ((flags[what] ?? []).length > 0) return flagNames[what]
      if (config !== undefined && what !== 'at' && config[what].length > 0) return `${config.path}: ${what}`
      return variables[what]
    },
    program(kind) {
      const flag = Object.entries(bin).find(([, texts]) => texts.some(isOf(kind)))?.[0]
      if (flag !== undefined) return flag
      return config?.bin.some(isOf(kind)) === true ? `${config.path}: bin` : binaryVariable(kind)
    },
  }
}

/** An error of the environment, in the words of whoever filled it. */
export function inTheWordsOf(origin: ClientOrigin, message: string): string {
  for (const what of ['cl', 'el', 'at'] as const)
    if (message.startsWith(`${variables[what]}: `))
      return `${origin.choice(what)}${message.slice(variables[what].length)}`
  return message
}
