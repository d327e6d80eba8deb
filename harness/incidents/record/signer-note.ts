import type { Fact } from '../../events/event.ts'

const pattern = /^the signer of unsafe blocks is (0x[0-9a-f]{40})\b/

/** What a recording says when L1's SystemConfig names another signer of unsafe blocks than before. */
export function signerNote(address: string, number: number): Extract<Fact, { kind: 'note' }> {
  return {
    ...{ kind: 'note', component: 'l1' },
    message: `the signer of unsafe blocks is ${address.toLowerCase()} as of L1 block ${number}`,
  }
}

/** The signer that such a note names; null for any other note. */
export function signerOfNote({ message }: { readonly message: string }): string | null {
  return pattern.exec(message)?.[1] ?? null
}
