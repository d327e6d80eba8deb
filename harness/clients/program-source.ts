/** Where a client's executable comes from. */
export type Program =
  /** Of this project, or of a package that it depends on: always there. */
  | { readonly from: 'project'; readonly command: () => readonly [string, ...string[]] }
  /** Of the user: a path that a flag or variable gives, or that name on the search path. */
  | { readonly from: 'user'; readonly executable: string | null }

/** A client's program that cannot be found. */
export class ProgramMissingError extends Error {
  override readonly name = 'ProgramMissingError'
  /** Without how to give one, for whoever gave one. */
  readonly found: string

  constructor(found: string, how: string) {
    super(`${found}; give ${how}`)
    this.found = found
  }
}

export interface ResolveProgramOptions {
  readonly kind: string
  readonly slot: 'cl' | 'el' | 'l1'
  readonly program: Program
  /** What a flag or variable says: the executable and what always stands in front of its flags. */
  readonly given: readonly string[] | undefined
  /** Whether a file of that path can be executed. */
  readonly isExecutable: (path: string) => boolean
  /** The value of `PATH`. */
  readonly searchPath: string
}

/**
 * The command of a client: what was given, else what the description says.
 * @throws ProgramMissingError with the flag and the variable that would give it.
 */
export function resolveProgram(options: ResolveProgramOptions): readonly [string, ...string[]] {
  const { kind, slot, program, given, isExecutable } = options
  const [executable, ...leading] = given ?? []
  const how = `--${slot}-bin ${kind}=PATH or ${binaryVariable(kind)}=PATH`
  if (executable !== undefined) {
    const found = executable.includes('/')
      ? [executable].find(isExecutable)
      : onPath(executable, options.searchPath, isExecutable)
    if (found === undefined)
      throw new ProgramMissingError(
        `${kind}: expected an executable file, found ${executable}, which is none`,
        how,
      )
    return [found, ...leading]
  }
  if (program.from === 'project') return program.command()
  const found =
    program.executable === null ? undefined : onPath(program.executable, options.searchPath, isExecutable)
  if (found !== undefined) return [found]
  const looked = program.executable === null ? '' : ` and ${program.executable} is not on the PATH`
  throw new ProgramMissingError(`${kind}: its program is not known${looked}`, how)
}

/** `op-node` → `LOCKSTEP_OP_NODE_BIN`. */
export function binaryVariable(kind: string): string {
  return `LOCKSTEP_${variablePart(kind)}_BIN`
}

/** `op-node` → `LOCKSTEP_OP_NODE_IMAGE`. */
export function imageVariable(kind: string): string {
  return `LOCKSTEP_${variablePart(kind)}_IMAGE`
}

function variablePart(kind: string): string {
  return kind.toUpperCase().replaceAll('-', '_')
}

function onPath(
  name: string,
  searchPath: string,
  isExecutable: (path: string) => boolean,
): string | undefined {
  return searchPath
    .split(':')
    .filter((directory) => directory !== '')
    .map((directory) => `${directory}/${name}`)
    .find(isExecutable)
}
