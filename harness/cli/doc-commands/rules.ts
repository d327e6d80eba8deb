/** What becomes of the commands of the pages when somebody walks them on a fresh checkout. */
export interface Rule {
  readonly fits: RegExp
  /** Why it does not run by itself; absent when it does. */
  readonly not?: string
  /** What is run in its place, with the groups of `fits` as `$1`: shorter, or with what stands for a placeholder. */
  readonly instead?: string
  /** Default: the checkout. `start` is the folder that the quickstart makes, `above` the one that holds both. */
  readonly where?: 'above' | 'start'
  /** It runs until it is stopped: what it says when it is ready. Then it gets Ctrl-C. */
  readonly until?: RegExp
  /** Exit codes that are right. Default: 0. */
  readonly exits?: readonly number[]
  /** It wants the network that the page speaks of: a devstack stands for it, with its own addresses. */
  readonly wants?: 'devnet'
}

const otherClient = 'needs the program of another client'
const ownNode = 'waits for a node that its reader starts'

/** The first that fits counts. Each must fit something: a test checks both. */
export const rules: readonly Rule[] = [
  { fits: /^npm cit$/, not: 'is what CI runs: half an hour' },
  // The checkout is installed already when somebody walks it.
  { fits: /^npm ci && (npm (?:start|pack))$/, instead: '$1' },
  { fits: /--cl-bin|--el-bin|_BIN=/, not: otherClient },
  { fits: /--cl-at/, not: ownNode },
  {
    fits: /^LOCKSTEP_DRIVER=docker/,
    not: 'needs a Docker Engine; harness/drivers/docker/follow.test.ts runs it',
  },
  { fits: /docker compose|^curl .*stack\.chain/s, not: 'needs a Docker Engine, and images that it builds' },
  { fits: /--cl …/, not: 'is the sketch of a command that stands whole below it' },
  { fits: /^npx lockstep record .*$/, instead: '$& --minutes 1', wants: 'devnet' },
  { fits: /^(npx lockstep import) --out incident/, instead: '$1 --out incident-imported', wants: 'devnet' },
  // L1 reorganises meanwhile: whether that breaks a rule for a moment is the network's matter.
  { fits: /^(npx lockstep watch .*) --for 10m$/, instead: '$1 --for 30s', exits: [0, 1], wants: 'devnet' },
  { fits: /^npx lockstep compare /, wants: 'devnet' },
  {
    fits: /^(npx lockstep decode .*) --from 140 --to 150/,
    instead: '$1 --from 1 --to 12',
    wants: 'devnet',
  },
  { fits: /^npx lockstep node /, until: /unsafe=[1-9]/, wants: 'devnet' },
  { fits: /--open$/, not: 'opens the browser of a desktop' },
  { fits: /--swarm docker/, not: 'needs a Docker Swarm; harness/drivers/docker/swarm-job.test.ts runs one' },
  {
    fits: /^(npx lockstep fuzz --seed 1000) --minutes 30 (--shard .*)$/,
    instead: '$1 --seeds 4 --virtual-seconds 5 $2',
  },
  { fits: /^npx lockstep fuzz --merge / },
  { fits: /^LOCKSTEP_KILLS=50 (.*)$/, instead: 'LOCKSTEP_KILLS=2 $1' },
  { fits: /^LOCKSTEP_FUZZ_SECONDS=600 (.*)$/, instead: 'LOCKSTEP_FUZZ_SECONDS=5 $1' },
  { fits: /^mkdir my-scenarios && cd my-scenarios$/, instead: 'mkdir my-scenarios', where: 'above' },
  { fits: /^npm install PATH(.*)$/, instead: 'npm install ../lockstep$1', where: 'start' },
  { fits: /^npm install \.\.\/lockstep\/|^npx lockstep init$|^npm test$/, where: 'start' },
  { fits: /^(npx lockstep accept FlipFlop) --repeat 10$/, instead: '$1 --repeat 2', where: 'start' },
  { fits: /^npx lockstep accept FlipFlop/, where: 'start' },
  // It is made to fail.
  { fits: /^npx lockstep accept Follower_WithoutItsSource$/, where: 'start', exits: [1] },
  { fits: /^npx lockstep report latest --serve$/, until: /http:\/\/127/ },
  { fits: /^npx lockstep report RUN RUN (.*)$/, instead: 'npx lockstep report latest latest $1' },
  { fits: /^npx lockstep report RUN (.*)$/, instead: 'npx lockstep report latest $1' },
  { fits: /^npx lockstep report$/ },
  {
    fits: /^#!\/bin\/sh\n# Drives a devstack/,
    instead:
      'npx lockstep up --json > up.json & up=$!; sh docs/examples/drive-a-devstack.sh up.json; code=$?; kill $up; wait $up; exit $code',
  },
  { fits: /^npx lockstep accept follow-l2 --world sim$/ },
  { fits: /^npx lockstep up --compose stack\.yaml$/, instead: 'npx lockstep up --compose stack-$PAGE.yaml' },
  { fits: /^(npx lockstep shrink incident --bug) NAME$/, instead: '$1 believes-everything', exits: [0, 1] },
  // A run that is taken for a recording may show it or not.
  { fits: /^npx lockstep (replay|shrink) incident --bug/, exits: [0, 1] },
  { fits: /^npx lockstep (explain|replay) incident$/, exits: [0, 1] },
  { fits: /^npx lockstep replay incident --world live$/, exits: [0, 1] },
  { fits: /^npm run incidents\b/, not: 'takes a quarter of an hour of a processor' },
  { fits: /^npx lockstep state incident/ },
  { fits: /^npx lockstep why incident / },
]

/** @throws Error when no rule says what becomes of it: whoever adds a command to a page says that here. */
export function ruleOf(command: string): Rule {
  const rule = rules.find(({ fits }) => fits.test(command))
  if (rule === undefined)
    throw new Error(
      `no rule of harness/cli/doc-commands/rules.ts says what becomes of ${JSON.stringify(command)}`,
    )
  return rule
}

/** The command that is run. */
export function runnable(command: string, { fits, instead }: Rule): string {
  return instead === undefined ? command : command.replace(fits, instead)
}
