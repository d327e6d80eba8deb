import { createServer, type ServerResponse } from 'node:http'
import { closeServer, listen } from '../../node/json-rpc/http-listen.ts'
import {
  type BeaconAnswer,
  type BeaconAnswersOptions,
  createBeaconAnswers,
  failure,
  notFound,
} from './beacon-answers.ts'

export interface BeaconApiOptions extends BeaconAnswersOptions {
  readonly port: number
  /** Default: 127.0.0.1. */
  readonly host?: string
}

export interface BeaconApi {
  readonly url: string
  close(): Promise<void>
}

/** Serves what {@link createBeaconAnswers} answers over HTTP. */
export async function startBeaconApi(options: BeaconApiOptions): Promise<BeaconApi> {
  const answer = createBeaconAnswers(options)
  const server = createServer((request, response) => {
    const answered = request.method === 'GET' ? answer(request.url ?? '/') : Promise.resolve(notFound)
    answered.then(
      (found) => send(response, found),
      (error: unknown) =>
        send(response, failure(500, error instanceof Error ? error.message : String(error))),
    )
  })
  const { url } = await listen(server, options.host ?? '127.0.0.1', options.port)
  return { url, close: () => closeServer(server) }
}

function send(response: ServerResponse, { status, json }: BeaconAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
}
