import type { Address, Hex } from 'viem'
import type { Machine } from './machine.ts'
import type { AccessListEntry } from './transaction.ts'

/**
 * Notes what the next message on the machine touches that is not warm yet, also where that is undone. A contract that the
 * message itself creates is only named for its slots.
 */
export function traceAccess({ evm }: Pick<Machine, 'evm'>): { end(): readonly AccessListEntry[] } {
  const created = new Set<string>()
  const onNew = ({ address }: { readonly address: { toString(): string } }) =>
    void created.add(address.toString())
  evm.events.on('newContract', onNew)
  evm.journal.startReportingAccessList()
  return {
    end() {
      evm.events.off('newContract', onNew)
      const journal = evm.journal.accessList ?? new Map<string, Set<string>>()
      delete evm.journal.accessList
      // The journal keeps hex without prefix.
      return [...journal]
        .map(([address, slots]) => ({
          address: `0x${address}` as Address,
          slots: [...slots].map((slot): Hex => `0x${slot}`),
        }))
        .filter(({ address, slots }) => slots.length > 0 || !created.has(address))
    },
  }
}
