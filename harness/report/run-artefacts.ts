import { existsSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import type { JunitCase } from './junit.ts'

/** The files of a run, as paths from the folder in which the command ran: CI uploads them from there. */
export interface RunArtefacts {
  readonly directory: string
  readonly timeline: string
  /** What explains a run that did not pass; null where there is none. */
  readonly report: string | null
}

/** Whoever reads results of a job: where its files are here, and the environment that tells where a browser finds them. */
export interface ArtefactPlace {
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

export const thisJob = (): ArtefactPlace => ({ folder: process.cwd(), environment: process.env })

/**
 * @param runDirectory absolute, or from the folder.
 * @param passed whether the run ended well: no report is written of it then.
 */
export function artefactsOf(runDirectory: string, passed: boolean, folder: string): RunArtefacts {
  const directory = isAbsolute(runDirectory) ? relative(folder, runDirectory) : runDirectory
  const report = join(directory, 'report.html')
  // One that was killed had no time to write it. Of another machine's files nothing is known here.
  const isLost = existsSync(join(folder, directory)) && !existsSync(join(folder, report))
  return {
    directory,
    timeline: join(directory, 'timeline.ndjson'),
    report: passed || isLost ? null : report,
  }
}

/**
 * Where a browser finds an artefact of this job, as far as the environment tells: below `LOCKSTEP_ARTEFACTS_URL`, in GitLab's
 * file view of the job, in Jenkins' of the build, or among the artifacts of a GitHub run, which has no address for one file.
 */
export function artefactUrl(path: string, environment: ArtefactPlace['environment']): string | null {
  const file = path.toWellFormed().split('/').map(encodeURIComponent).join('/')
  const below = (base: string) => `${base.replace(/\/+$/, '')}/${file}`
  const { LOCKSTEP_ARTEFACTS_URL: own, CI_JOB_URL: gitlab, BUILD_URL: jenkins } = environment
  if (own) return below(own)
  if (environment['GITLAB_CI'] === 'true' && gitlab) return below(`${gitlab}/artifacts/file`)
  if (environment['JENKINS_URL'] && jenkins) return below(`${jenkins.replace(/\/+$/, '')}/artifact`)
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = environment
  if (server && repository && run) return `${server}/${repository}/actions/runs/${run}#artifacts`
  return null
}

/** What a JUnit case says of its run. */
export function junitArtefacts(
  runDirectory: string | null,
  passed: boolean,
  { folder, environment }: ArtefactPlace,
): Pick<JunitCase, 'properties' | 'attachments'> {
  if (runDirectory === null) return {}
  const { directory, timeline, report } = artefactsOf(runDirectory, passed, folder)
  const url = report === null ? null : artefactUrl(report, environment)
  return {
    properties: {
      ...{ run: directory, events: timeline },
      ...(report === null ? {} : { report }),
      ...(url === null ? {} : { 'report-url': url }),
    },
    attachments: report === null ? [] : [report],
  }
}
