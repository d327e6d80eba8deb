export const l2GenesisHash = async (_: unknown) => `0x${'11'.repeat(32)}` as const
