import { z } from 'zod'
import type { ElHandle } from '../world/world.ts'

const nodeInfo = z.looseObject({ enode: z.string().min(1) })

/** Where each engine listens for its peers, by its name, as it says itself; one that does not say is missing. */
export async function peerUrlsOf(
  engines: Iterable<Pick<ElHandle, 'name' | 'rpc'>>,
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    Array.from(engines, async ({ name, rpc }): Promise<[string, string][]> => {
      const said = nodeInfo.safeParse(await rpc.request('admin_nodeInfo', []).catch(() => null))
      return said.success ? [[name, said.data.enode]] : []
    }),
  )
  return new Map(found.flat())
}
