import packageJson from '../package.json' with { type: 'json' }

/** What `optimism_version`, `/healthz` and the libp2p user agent say: op-node's "version-meta" form. */
export const nodeVersion = `v${packageJson.version}-lockstep`
