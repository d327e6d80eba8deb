/** How a client's metrics are read. */
export interface ClMetrics {
  /** Stands in front of every name. */
  readonly prefix: string
  /** The client's name of a metric that scenarios call otherwise. A name that is not here is the same. */
  readonly names: Readonly<Record<string, string>>
}
