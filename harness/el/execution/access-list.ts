import type { AccessListEntry } from './transaction.ts'
import type { AccessListResult, CallRequest, CallResult } from './types.ts'

/** A contract that reads elsewhere for each gas price of its reads would have no end. */
const roundsMax = 16

/**
 * The accounts and slots that a call touches and that are not warm anyway, as EIP-2930 lists them. Because a list changes
 * what gas is left, and so perhaps the way that the call takes, the call is repeated with each list until it adds nothing.
 * Source: geth, `eth_createAccessList`.
 * @param call Must report `accessed`, unless the call could not begin.
 */
export async function createAccessList(
  call: (request: CallRequest) => Promise<CallResult>,
  request: CallRequest,
): Promise<AccessListResult> {
  let accessList = request.accessList ?? []
  for (let round = 1; ; round++) {
    const { accessed, gasSettled, status, error } = await call({
      ...request,
      accessList,
      tracesAccess: true,
    })
    const next = union(accessList, accessed ?? [])
    if (size(next) === size(accessList) || round === roundsMax)
      return {
        accessList,
        gasUsed: gasSettled,
        couldBegin: accessed !== undefined,
        ...(status === 'success' ? {} : { error: status === 'reverted' ? 'execution reverted' : error }),
      }
    accessList = next
  }
}

const size = (list: readonly AccessListEntry[]): number =>
  list.reduce((sum, { slots }) => sum + 1 + slots.length, 0)

function union(one: readonly AccessListEntry[], other: readonly AccessListEntry[]): AccessListEntry[] {
  const slots = new Map<AccessListEntry['address'], Set<AccessListEntry['slots'][number]>>()
  for (const entry of [...one, ...other]) {
    const known = slots.get(entry.address) ?? new Set()
    for (const slot of entry.slots) known.add(slot)
    slots.set(entry.address, known)
  }
  return [...slots].map(([address, known]) => ({ address, slots: [...known] }))
}
