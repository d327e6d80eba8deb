/** A node's metrics at one moment. */
export interface Metrics {
  /**
   * The sum of all samples of that metric with these labels; 0 when nothing was counted yet.
   * @throws Error when the node has no metric of that name.
   */
  value(name: string, labels?: Readonly<Record<string, string>>): number
}

const sampleLine = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)/
const labelPair = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/**
 * Reads Prometheus's text format. Names are given without the client's prefix.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".
 */
export function parseMetrics(text: string, prefix: string): Metrics {
  const known = new Set<string>()
  const samples: { readonly name: string; readonly labels: ReadonlyMap<string, string>; value: number }[] = []
  for (const line of text.split('\n')) {
    const declared = /^# TYPE (\S+) /.exec(line)?.[1]
    if (declared !== undefined) known.add(declared)
    const sample = line.startsWith('#') ? undefined : sampleLine.exec(line)?.groups
    if (sample === undefined) continue
    // The samples of a histogram have names of their own.
    known.add(sample['name'] ?? '')
    const pairs = [...(sample['labels'] ?? '').matchAll(labelPair)]
    samples.push({
      name: sample['name'] ?? '',
      labels: new Map(pairs.map(([, label = '', value = '']) => [label, value])),
      value: Number(sample['value']),
    })
  }
  return {
    value(name, labels = {}) {
      const full = prefix + name
      if (!known.has(full)) throw new Error(`there is no metric ${full}; there are ${[...known].join(', ')}`)
      return samples
        .filter((sample) => sample.name === full)
        .filter((sample) =>
          Object.entries(labels).every(([label, value]) => sample.labels.get(label) === value),
        )
        .reduce((sum, { value }) => sum + value, 0)
    },
  }
}
