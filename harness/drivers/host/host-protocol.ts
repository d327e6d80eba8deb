import { z } from 'zod'

/** Where a host writes its reports, one a line. It reads its commands on standard input. */
export const reportDescriptor = 3

/**
 * What a runner tells its host, one a line. `id` numbers the starts of a host: a component that is started again has
 * another one.
 */
export const hostCommandSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('start'),
    id: z.int().nonnegative(),
    /** For people. */
    name: z.string(),
    command: z.string(),
    args: z.array(z.string()),
    logPath: z.string(),
  }),
  z.object({ kind: z.literal('stop'), id: z.int().nonnegative() }),
])
export type HostCommand = z.infer<typeof hostCommandSchema>

/** What the host tells its runner: a component is gone. */
export const hostReportSchema = z.object({
  kind: z.literal('exited'),
  id: z.int().nonnegative(),
  /** One line; null when it ended as it was asked to. */
  error: z.string().nullable(),
})
export type HostReport = z.infer<typeof hostReportSchema>
