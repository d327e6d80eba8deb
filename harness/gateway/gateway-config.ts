import { z } from 'zod'

/** More connections than any topology has. */
const connectionsMax = 1_000
const port = z.int().min(0).max(65_535)
const component = z.string().regex(/^[\w.-]{1,60}$/, 'expected letters, digits, _, . and -')
const webUrl = z
  .string()
  .max(2_000)
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'expected an http:// URL')

const peer = z.strictObject({
  name: component,
  /** Where it listens itself. */
  host: z.string().min(1).max(253),
  port,
  /** The port of the gateway at which the other one reaches it. */
  listen: port,
})

/** What the gateways of `lockstep gateway` stand between. */
export const gatewayConfigSchema = z.strictObject({
  links: z
    .array(
      z.strictObject({
        /** `consumer→provider`, as fault points are called. */
        name: z.string().regex(/^[\w.-]{1,60}→[\w.-]{1,60}(\(\w{1,20}\))?$/, 'expected consumer→provider'),
        /** The port that the consumer is given. */
        listen: port,
        target: webUrl,
      }),
    )
    .max(connectionsMax),
  peers: z
    .array(z.strictObject({ carrier: z.enum(['gossip', 'el-peers']), between: z.tuple([peer, peer]) }))
    .max(connectionsMax),
})
export type GatewayConfig = z.infer<typeof gatewayConfigSchema>
