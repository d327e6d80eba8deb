import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { clientsFromEnvironment } from '../clients/load-clients.ts'
import { launchInContainer } from '../drivers/docker/launch-in-container.ts'
import { deriveAccounts } from '../genesis/accounts.ts'
import { generateChain } from '../genesis/generate.ts'
import { requiredUpgrades } from '../genesis/upgrade-bundles.ts'
import { writeChainFiles } from '../world/live/chain-files.ts'
import { localMultiaddr } from '../world/live/peer-identity.ts'
import type { Topology } from '../world/topology.ts'
import { composeFile, controlTokenFile } from './compose.ts'
import { planGateways } from './gateway-plan.ts'

const inContainer = '/chain'

/**
 * Writes a topology, with the chosen clients, as a Compose file, and its chain into a folder beside it. The folder must not be
 * there yet.
 * @returns the folder.
 */
export async function writeCompose(
  path: string,
  topology: Topology,
  options: { readonly image: string; readonly nowMs: number },
): Promise<string> {
  const clients = await clientsFromEnvironment()
  const chosen = clients.choose(topology)
  const { parameters } = chosen
  const folder = join(dirname(resolve(path)), `${basename(path).replace(/\.ya?ml$/, '')}.chain`)
  mkdirSync(folder)
  const write = (name: string, content: string, visibility?: 'public' | 'secret') => {
    writeFileSync(join(folder, name), content, { mode: visibility === 'secret' ? 0o600 : 0o644, flag: 'wx' })
    return `${inContainer}/${name}`
  }
  const accounts = deriveAccounts()
  const genesisTimestamp = BigInt(Math.floor(options.nowMs / 1000))
  const chain = await generateChain(parameters, accounts, genesisTimestamp)
  const files = writeChainFiles(
    { write },
    chain,
    accounts,
    Object.keys(chosen.cls),
    requiredUpgrades(parameters),
  )
  const batcherKey = write('batcher.key', accounts.batcher.privateKey.slice(2), 'secret')
  const gateways = planGateways(chosen)
  const text = composeFile({
    file: basename(path),
    ...{ topology: chosen, parameters, clients, image: options.image },
    files: {
      ...{ l1State: files.l1StatePath, l1ChainConfig: files.l1ChainConfigPath, genesis: files.l2GenesisPath },
      ...{ rollup: files.rollupPath, upgrades: files.upgradePaths, jwt: files.jwtPath },
      sequencerKey: files.sequencer,
      batcherKey,
      gateways: write('gateways.json', `${JSON.stringify(gateways.config, null, 2)}\n`),
      controlToken: write(controlTokenFile, `${randomBytes(32).toString('hex')}\n`, 'secret'),
      identities: new Map(
        Array.from(files.identities, ([name, { key, path: keyPath }]) => [
          name,
          { path: keyPath, peerId: localMultiaddr(key, 1).split('/p2p/')[1] ?? '' },
        ]),
      ),
    },
    gateways,
    folder: { here: `./${basename(folder)}`, inContainer },
    inImage: (launch) => {
      const plan = {
        harnessAddress: '127.0.0.1',
        projectRoot: packageRoot,
        execPath: process.execPath,
        isFile: () => false,
      }
      const { command, args, env } = launchInContainer(launch, plan)
      return { command, args, env: Object.fromEntries(env.map((one) => one.split(/=(.*)/s, 2))) }
    },
  })
  writeFileSync(path, text, { flag: 'wx' })
  return folder
}
