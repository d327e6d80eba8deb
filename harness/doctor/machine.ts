/** A kind of client that is not ours, and the name of its program. */
export interface ForeignClient {
  readonly kind: string
  readonly executable: string
}

/** What `lockstep doctor` asks of the machine. Every call that fails rejects with a message for people. */
export interface Machine {
  readonly platform: string
  readonly nodeVersion: string
  readonly cores: number
  /** Bytes that programs can still get. */
  memoryBytes(): number
  /** How many files a process may have open; null where nobody says. */
  openFilesMax(): number | null
  /** Bytes that are free at the place of that path. */
  freeBytes(path: string): number
  /** @throws where nothing can be written there. */
  writeTo(path: string): void
  /** @throws when so many ports of the loopback address cannot be listened on at once. */
  listen(ports: number): Promise<void>
  /** How far the wall clock and a clock that never steps went apart while nothing happened, in milliseconds. */
  clockDriftMs(): Promise<number>
  /** Loads a library that holds a binary. @throws when it does not load. */
  load(library: string): Promise<void>
  /** The version that anvil says. */
  anvilVersion(): Promise<string>
  /** Lets anvil replace a block. @throws when the block that it makes is the same. */
  anvilReorg(): Promise<void>
  /** The version of a Docker Engine. */
  docker(): Promise<string>
  /** Where the program of a kind of client is; null when it is not here. */
  program(client: ForeignClient): string | null
}
