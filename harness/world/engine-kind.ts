/**
 * What the execution engines of a simulated world execute with: `real`, the embedded engine's EVM and tries; `model`, a
 * chain of hashes behind the same Engine API, for campaigns.
 */
export const engineKinds = ['model', 'real'] as const
export type EngineKind = (typeof engineKinds)[number]
