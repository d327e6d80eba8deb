/** A node of a parsed module, as far as it is looked at here. */
interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
}

export interface Declaration {
  /** Without comments. */
  readonly text: string
  /** Every name in it: some are of its module, or imported there. */
  readonly names: ReadonlySet<string>
  /** Types that it takes from another module in place: `import('./a.ts').A`. */
  readonly imports: readonly Import[]
}

export interface Import {
  readonly source: string
  readonly name: string
}

/** A module of declarations. */
export interface DeclarationModule {
  readonly declarations: ReadonlyMap<string, Declaration>
  /** What it has from another module, imported or passed on, by the name here. */
  readonly elsewhere: ReadonlyMap<string, Import>
  readonly exported: ReadonlySet<string>
}

/**
 * Reads what a module declares, imports and exports.
 * @param program its syntax tree, in the form of ESTree.
 * @throws Error for a form that declarations of ours do not have.
 */
export function readDeclarations(
  text: string,
  program: { readonly body: readonly Node[] },
): DeclarationModule {
  const declarations = new Map<string, Declaration>()
  const elsewhere = new Map<string, Import>()
  const exported = new Set<string>()
  for (const statement of program.body) {
    const source = textOf(child(statement, 'source'), 'value')
    if (statement.type === 'ImportDeclaration') {
      for (const specifier of children(statement, 'specifiers'))
        elsewhere.set(nameOf(child(specifier, 'local')), {
          source: source ?? '',
          name: nameOf(child(specifier, 'imported')),
        })
      continue
    }
    if (statement.type === 'ExportAllDeclaration')
      throw new Error(`expected exports by name, found ${text.slice(statement.start, statement.end)}`)
    for (const specifier of children(statement, 'specifiers')) {
      const name = nameOf(child(specifier, 'exported'))
      exported.add(name)
      if (source !== null) elsewhere.set(name, { source, name: nameOf(child(specifier, 'local')) })
    }
    const isExport = statement.type === 'ExportNamedDeclaration'
    const declaration = isExport ? child(statement, 'declaration') : statement
    if (declaration === null) continue
    for (const name of declaredNames(declaration)) {
      const own = describe(text, statement)
      const before = declarations.get(name)
      // Overloads, and a type beside a value of its name.
      declarations.set(name, before === undefined ? own : join(before, own))
      if (isExport) exported.add(name)
    }
  }
  return { declarations, elsewhere, exported }
}

function declaredNames(declaration: Node): readonly string[] {
  const own = child(declaration, 'id')
  if (own !== null) return [nameOf(own)]
  return children(declaration, 'declarations').map((one) => nameOf(child(one, 'id')))
}

function describe(text: string, statement: Node): Declaration {
  const names = new Set<string>()
  const imports: Import[] = []
  walk(statement, (node) => {
    if (node.type === 'Identifier') names.add(nameOf(node))
    if (node.type === 'TSImportType') {
      const source =
        textOf(child(node, 'source'), 'value') ?? textOf(child(child(node, 'argument'), 'literal'), 'value')
      imports.push({ source: source ?? '', name: nameOf(child(node, 'qualifier')) })
    }
  })
  const code = text.slice(statement.start, statement.end).replaceAll(/[ \t]*\/\*[\s\S]*?\*\/[ \t]*\n?/g, '')
  return { text: code, names, imports }
}

function join(a: Declaration, b: Declaration): Declaration {
  return {
    text: `${a.text}\n${b.text}`,
    names: a.names.union(b.names),
    imports: [...a.imports, ...b.imports],
  }
}

function walk(node: Node, see: (node: Node) => void): void {
  see(node)
  for (const value of Object.values(node))
    for (const one of Array.isArray(value) ? value : [value]) if (isNode(one)) walk(one, see)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function child(node: Node | null, key: string): Node | null {
  const value: unknown = node === null ? null : Reflect.get(node, key)
  return isNode(value) ? value : null
}

function children(node: Node, key: string): readonly Node[] {
  const value: unknown = Reflect.get(node, key)
  return Array.isArray(value) ? value.filter(isNode) : []
}

function textOf(node: Node | null, key: string): string | null {
  const value: unknown = node === null ? null : Reflect.get(node, key)
  return typeof value === 'string' ? value : null
}

/** Of an identifier, or of the first of several with dots between. */
function nameOf(node: Node | null): string {
  return textOf(node, 'name') ?? textOf(child(node, 'left'), 'name') ?? ''
}
