/** A test that must fail when the rule is broken. */
export interface TestKiller {
  /** The test file, from the root of the repository. */
  readonly file: string
  /** Titles from the outside in, separated by ` > `, each as it stands in the file; the last may be left out. */
  readonly test: string
}

/** A scenario that must fail when the rule is broken. */
export interface ScenarioKiller {
  readonly scenario: string
}

export type Killer = TestKiller | ScenarioKiller

/** One rule of the node, broken: a textual change, and who must notice it. */
export interface Mutant {
  readonly name: string
  /** The rule in one sentence. */
  readonly rule: string
  /** Where the rule is written down. */
  readonly source: string
  /** The file that implements the rule, from the root of the repository. */
  readonly file: string
  /** Its exact text. It occurs once in the file, so that a mutant of code that has changed is an error. */
  readonly find: string
  readonly replace: string
  /**
   * A text of the file that runs where the mutant makes a difference, such as what a broken condition guards; it occurs once.
   * Default: where `find` shows it. A campaign tries the mutant on no other seed.
   */
  readonly at?: string
  /** Each of them must notice. */
  readonly killers: readonly Killer[]
  /**
   * Why no simulated world can show it: none comes by the rule, or what comes of it cannot be told from what is right. A
   * campaign leaves it out.
   */
  readonly unseen?: string
}

export function isTestKiller(killer: Killer): killer is TestKiller {
  return 'file' in killer
}

/** The killer as a person names it. */
export function killerName(killer: Killer): string {
  return isTestKiller(killer) ? `${killer.file}: ${killer.test}` : killer.scenario
}

/** Matches the full names that vitest gives the tests of a killer. */
export function testNamePattern({ test }: TestKiller): RegExp {
  const titles = test.split(' > ').map((title) => escapeRegExp(title).replaceAll(placeholder, '.*'))
  return new RegExp(titles.join(' (?:.* )?'))
}

/**
 * The text with the rule broken.
 * @throws when `find` does not occur exactly once: the code has changed, and the mutant must be written anew.
 */
export function mutate({ name, file, find, replace }: Mutant, text: string): string {
  const occurrences = text.split(find).length - 1
  if (occurrences !== 1)
    throw new Error(
      `mutant ${name}: expected its text once in ${file}, found it ${occurrences} times; write the mutant anew for the code as it is:\n${find}`,
    )
  return text.replace(find, () => replace)
}

/** What `it.each` puts a value for, once it is escaped. */
const placeholder = /%[a-z#]|\\\$[\w.]+/g

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
