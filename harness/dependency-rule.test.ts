import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Who may be imported from where: `scenarios → harness/dsl → harness/* → node`, and the pure rooms of the node. */
const rules: readonly {
  readonly name: string
  readonly from: RegExp
  readonly except?: RegExp
  readonly never: RegExp
}[] = [
  {
    name: 'the node knows nothing of the harness',
    from: /^node\//,
    never: /^(harness|scenarios|fixtures|bench)\//,
  },
  {
    name: 'protocol is pure: it imports protocol, configuration and the types of ports only',
    from: /^node\/protocol\//,
    except: /\.test\.ts$/,
    never: /^node\/(?!protocol\/|config\/|ports\/)/,
  },
  {
    name: 'the pipeline is pure: it imports no actor and no adapter',
    from: /^node\/derivation\/pipeline\//,
    except: /\.test\.ts$|testing/,
    never: /^node\/(?!protocol\/|config\/|ports\/|errors\/|derivation\/(pipeline|attributes)|metrics)/,
  },
  {
    name: 'the rules of the network know no library and no adapter',
    from: /^node\/network\//,
    except: /\.test\.ts$|\/testing\//,
    never: /^node\/adapters\/|libp2p|^@chainsafe\/|^@multiformats\//,
  },
  {
    // HTTP is an adapter in all but its folder: by itself it is on the machine's time.
    name: 'only the program and the adapters themselves know an adapter',
    from: /^node\/(?!adapters\/|main\.ts|run-program\.ts|(?:derive|follow)-parts\.ts|cli\/|rpc\/|json-rpc\/http-)/,
    except: /\.test\.ts$|\/testing\//,
    never: /^node\/adapters\//,
  },
  {
    name: 'ports are interfaces',
    from: /^node\/ports\/[^/]+$/,
    except: /\.test\.ts$/,
    never: /^node\/(?!protocol\/|ports\/)/,
  },
  {
    name: 'scenarios are written with the public entries only',
    from: /^scenarios\//,
    never: /^(node|harness|fixtures)\//,
  },
  {
    name: 'nothing below the DSL imports it',
    from: /^harness\/(?!dsl\/|cli\/|conformance\/|mutants\/|compare-worlds\/|index\.ts|scenario\.ts|report\/)/,
    // Whether a simulated world is the same in two runs is asked by running a scenario in it, and what whole nodes do is
    // waited for with the DSL; what acts on any world is tested on the DSL's fake one.
    except: /^harness\/(world\/sim|control|load)\/.*(\.test\.ts|testing\/[^/]+)$/,
    never: /^harness\/(dsl|cli)\//,
  },
  {
    name: 'the DSL and the invariants know no particular world, and nothing that only one of them has',
    from: /^harness\/(dsl|invariants)\//,
    never:
      /^harness\/(world\/(live|sim)|drivers|clients|links|cli)\/|^node:(fs|net|http|child_process|worker_threads|dgram)/,
  },
  {
    name: 'a world that is no particular one knows none either',
    from: /^harness\/(world\/(?!live\/|sim\/)|faults\/|events\/)/,
    never: /^harness\/(world\/(live|sim)|clients)\//,
  },
  {
    name: 'the two worlds share what is beside them, and know nothing of each other',
    from: /^harness\/world\/sim\//,
    never: /^harness\/world\/live\//,
  },
  { name: 'nobody imports a scenario', from: /^(node|harness|fixtures|bench)\//, never: /^scenarios\// },
]

/** Every import of every TypeScript file: packages by name, files by path from the root. */
function imports(): { readonly from: string; readonly to: string }[] {
  const files = globSync('{node,harness,scenarios,fixtures,bench}/**/*.ts', { cwd: root })
  return files.flatMap((from) => {
    const source = readFileSync(join(root, from), 'utf8')
    const specifiers = source.matchAll(
      /(?:^|\n)\s*(?:import|export)[^'"\n;]*?(?:\n[^'"]*?)?from\s+'([^']+)'|import\('([^']+)'\)/g,
    )
    return [...specifiers].map((match) => {
      const specifier = (match[1] ?? match[2])!
      return {
        from,
        to: specifier.startsWith('.') ? relative(root, join(root, dirname(from), specifier)) : specifier,
      }
    })
  })
}

const withoutComments = (source: string) => source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')

describe('the dependency rule', () => {
  const all = imports()

  it('sees the imports', () => {
    expect(all).toContainEqual({ from: 'node/protocol/payload.ts', to: 'node/protocol/refs.ts' })
    expect(all.length).toBeGreaterThan(100)
  })

  it.each(rules)('$name', ({ from, except, never }) => {
    const broken = all.filter(
      (edge) => from.test(edge.from) && !(except?.test(edge.from) ?? false) && never.test(edge.to),
    )
    expect(broken.map((edge) => `${edge.from} → ${edge.to}`)).toEqual([])
  })

  it('lets time and randomness into the node by its adapters alone', () => {
    const direct =
      /\b(?:performance|Date\.now|new Date|Math\.random|set(?:Timeout|Interval|Immediate)|hrtime|AbortSignal\.timeout|node:(?:timers|perf_hooks))\b/
    const files = globSync('node/**/*.ts', { cwd: root }).filter(
      (file) => !/^node\/adapters\/|\/testing\/|\.test\.ts$/.test(file),
    )
    const found = files.filter((file) => direct.test(withoutComments(readFileSync(join(root, file), 'utf8'))))
    expect(direct.test(withoutComments('const loop = { later: setImmediate } // not setTimeout'))).toBe(true)
    expect(direct.test(withoutComments('/** As setTimeout. */\nclock.sleep(1) // performance'))).toBe(false)
    expect(files.length).toBeGreaterThan(100)
    expect(found).toEqual([])
  })

  it('has no cycle between files', () => {
    const targets = Map.groupBy(all, (edge) => edge.from)
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (file: string, path: readonly string[]) => {
      if (path.includes(file)) return void cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      if (done.has(file)) return
      for (const edge of targets.get(file) ?? []) visit(edge.to, [...path, file])
      done.add(file)
    }
    for (const file of targets.keys()) visit(file, [])
    expect(cycles).toEqual([])
  })
})
