/** What the configuration needs from outside. All throw ConfigError with a sentence that names the file. */
export interface ConfigFiles {
  text(path: string, purpose: string): string
  /** 32 bytes in hex. */
  secret(path: string, purpose: string): Uint8Array
  /** The same; makes a new one that only the owner may read when there is no such file. */
  secretOrNew(path: string, purpose: string): { readonly secret: Uint8Array; readonly isNew: boolean }
}
