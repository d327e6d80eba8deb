import { createSystemClock } from '../../adapters/system/system-clock.ts'
import { describeGossipTransport } from './gossip-transport-contract.ts'
import { createMemoryNetwork } from './memory-network.ts'

const clock = createSystemClock()
describeGossipTransport('memory', createMemoryNetwork({ clock }).open)
describeGossipTransport('memory with latency', createMemoryNetwork({ clock, latencyMs: 3 }).open)
