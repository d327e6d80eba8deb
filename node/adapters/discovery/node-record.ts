import { type BaseENR, ENR } from '@chainsafe/enr'
import type { NodeRecord } from '../../ports/discovery.ts'

/** A record from its text, `enr:…`; null when it is malformed or its signature is wrong. */
export function parseNodeRecord(text: string): ENR | null {
  try {
    return ENR.decodeTxt(text)
  } catch {
    return null
  }
}

/** What matters of a record; null when it does not say where to connect by TCP, or says it in a malformed way. */
export function toNodeRecord(record: BaseENR): NodeRecord | null {
  try {
    const v4 = record.ip !== undefined && record.tcp !== undefined
    const ip = v4 ? record.ip : record.ip6
    const tcpPort = v4 ? record.tcp : record.tcp6
    if (ip === undefined || tcpPort === undefined) return null
    return {
      text: record.encodeTxt(),
      peerId: record.peerId.toString(),
      ip,
      tcpPort,
      opstack: record.kvs.get('opstack') ?? null,
    }
  } catch {
    return null
  }
}
