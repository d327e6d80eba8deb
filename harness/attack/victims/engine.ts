import { startTestEl } from '../../el/testing/test-el.ts'
import { attackChain } from './attack-chain.ts'
import { serveVictim } from './serve-victim.ts'

/** Where an engine under attack is. */
export interface EngineInfo {
  readonly authUrl: string
  readonly httpUrl: string
  readonly peerUrl: string
}

const { authUrl, httpUrl, peerUrl } = await startTestEl(await attackChain(), {
  namespaces: ['eth', 'net', 'web3', 'txpool', 'debug'],
})
serveVictim({ authUrl, httpUrl, peerUrl } satisfies EngineInfo)
