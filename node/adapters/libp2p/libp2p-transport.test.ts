import { describeGossipTransport } from '../../network/testing/gossip-transport-contract.ts'
import { openLibp2pTransport } from './libp2p-transport.ts'

describeGossipTransport('libp2p', openLibp2pTransport)
