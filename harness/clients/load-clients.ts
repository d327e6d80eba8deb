import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { importUserModule } from '../package/own-entries.ts'
import { choiceFromEnvironment, clientVariables } from './choice.ts'
import { type ChosenClients, createChosenClients } from './chosen-clients.ts'
import type { AnyClient } from './client.ts'
import { ClientDefinitionError, clientsOfModule } from './define-client.ts'
import { createClientRegistry } from './registry.ts'

/**
 * The clients that the environment of this process chooses, with those of the user's own files (`LOCKSTEP_CLIENTS`,
 * separated by commas).
 * @throws ClientDefinitionError, ClientChoiceError, UnknownClientError, DuplicateClientError
 */
export async function clientsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ChosenClients> {
  const paths = (environment[clientVariables.clients] ?? '').split(',').filter((path) => path.trim() !== '')
  const defined = (await Promise.all(paths.map((path) => loadClients(path.trim())))).flat()
  const registry = createClientRegistry(defined)
  return createChosenClients({
    registry,
    choice: choiceFromEnvironment(environment, registry),
    isExecutable,
    searchPath: environment['PATH'] ?? '',
  })
}

async function loadClients(path: string): Promise<readonly AnyClient[]> {
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = await importUserModule(resolve(path))
  } catch (error) {
    throw new ClientDefinitionError(
      `${clientVariables.clients}: cannot load ${path}: ${error instanceof Error ? error.message : error}`,
    )
  }
  return clientsOfModule(path, exported)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
