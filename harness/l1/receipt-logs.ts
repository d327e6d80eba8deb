type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The logs of one receipt that a filter asks for. */
export function logsOf(receipt: Json, filter: Json): unknown[] {
  const logs = Array.isArray(receipt['logs']) ? receipt['logs'].filter(isObject) : []
  const addresses = [filter['address'] ?? []].flat().map((address) => String(address).toLowerCase())
  const topics = Array.isArray(filter['topics']) ? filter['topics'] : []
  return logs.filter(
    (log) =>
      (addresses.length === 0 || addresses.includes(String(log['address']).toLowerCase())) &&
      topics.every((wanted, index) => {
        const topic = (log['topics'] as unknown[] | undefined)?.[index]
        return wanted === null || [wanted].flat().includes(topic)
      }),
  )
}
