/** The words of LaTeX and of plain answers: what each command means to the reader of an answer. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Commands that change only how something looks. */
export const LAYOUT: ReadonlySet<string> = new Set([
  ...words(`left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm
    displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits hfill nonumber notag centering
    boldmath rm bf it sf tt cal em mathstrut strut break allowbreak nobreak null relax protect mathopen
    mathclose mathrel mathbin mathord mathop mathnormal mathbf mathit mathsf mathtt boldsymbol bm pmb
    underline boxed fbox framebox ensuremath mathpunct thinspace medspace thickspace negthinspace
    enspace noindent par smallskip medskip bigskip newline normalsize large Large small tiny
    overbrace underbrace cancel bcancel xcancel`),
  ',',
  '!',
  ';',
  ':',
  '>',
  ' ',
  '/',
  '(',
  ')',
  '[',
  ']',
  '-',
]);

/** Commands whose argument is not part of the answer. */
export const DROPPED_WITH_ARGUMENT: ReadonlySet<string> = new Set(
  words('hspace vspace phantom hphantom vphantom label color tag class style hskip'),
);

/** Commands whose first argument is a colour or style and whose second is shown. */
export const DROPPED_FIRST_ARGUMENT: ReadonlySet<string> = new Set(
  words('textcolor colorbox href cssId'),
);

/** Commands that switch to running text. */
export const TEXT: ReadonlySet<string> = new Set(
  words(
    'text textrm textnormal textbf textit textsf texttt textsc textup mbox hbox emph mathrm unit textmd mathring rom',
  ),
);

/** Commands that stand for a mark of the grammar. */
export const MARKS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    times: '*',
    cdot: '*',
    ast: '*',
    star: '*',
    bullet: '*',
    div: '/',
    slash: '/',
    le: '<=',
    leq: '<=',
    leqslant: '<=',
    leqq: '<=',
    ge: '>=',
    geq: '>=',
    geqslant: '>=',
    geqq: '>=',
    lt: '<',
    gt: '>',
    ne: '!=',
    neq: '!=',
    approx: '~',
    approxeq: '~',
    simeq: '~',
    thickapprox: '~',
    doteq: '=',
    equiv: 'equiv',
    cong: 'cong',
    sim: 'sim',
    propto: 'propto',
    in: 'in',
    notin: 'notin',
    ni: 'ni',
    subset: 'subset',
    subseteq: 'subseteq',
    supset: 'supset',
    supseteq: 'supseteq',
    perp: 'perp',
    parallel: 'parallel',
    to: '->',
    rightarrow: '->',
    longrightarrow: '->',
    mapsto: '|->',
    Rightarrow: '=>',
    Longrightarrow: '=>',
    implies: '=>',
    iff: '<=>',
    Leftrightarrow: '<=>',
    Longleftrightarrow: '<=>',
    lbrace: '\\{',
    rbrace: '\\}',
    '{': '\\{',
    '}': '\\}',
    lbrack: '[',
    rbrack: ']',
    lgroup: '(',
    rgroup: ')',
    lparen: '(',
    rparen: ')',
    langle: '<<',
    rangle: '>>',
    lvert: '|',
    rvert: '|',
    vert: '|',
    mid: '|',
    lVert: '\\|',
    rVert: '\\|',
    Vert: '\\|',
    '|': '\\|',
    colon: ':',
    cup: 'cup',
    bigcup: 'cup',
    cap: 'cap',
    bigcap: 'cap',
    setminus: 'setminus',
    backslash: 'setminus',
    smallsetminus: 'setminus',
    pm: '+-',
    mp: '-+',
    prime: "'",
    degree: 'degree',
    circ: 'degree',
    deg: 'degree',
    '%': '%',
    percent: '%',
    '&': '&',
    '\\': 'row',
    cr: 'row',
    tabularnewline: 'row',
    quad: 'gap',
    qquad: 'gap',
    land: 'and',
    wedge: 'and',
    lor: 'or',
    vee: 'or',
    mod: 'mod',
    bmod: 'mod',
    pmod: 'pmod',
    $: '$',
    pounds: '$',
    euro: '$',
    textdollar: '$',
    textdegree: 'degree',
    textpercent: '%',
    _: '_ ',
    '#': '#',
  }),
);

/** Commands for one thing under several names. */
export const SYNONYMS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    dfrac: 'frac',
    tfrac: 'frac',
    cfrac: 'frac',
    sfrac: 'frac',
    nicefrac: 'frac',
    flatfrac: 'frac',
    dbinom: 'binom',
    tbinom: 'binom',
    ldots: 'dots',
    cdots: 'dots',
    dotsc: 'dots',
    dotsb: 'dots',
    vdots: 'dots',
    ddots: 'dots',
    infin: 'infty',
    infinity: 'infty',
    inf: 'infty',
    oo: 'infty',
    varnothing: 'emptyset',
    empty: 'emptyset',
    tg: 'tan',
    ctg: 'cot',
    arctg: 'arctan',
    cosec: 'csc',
    asin: 'arcsin',
    acos: 'arccos',
    atan: 'arctan',
    acot: 'arccot',
    arcsinh: 'arsinh',
    arccosh: 'arcosh',
    arctanh: 'artanh',
    asinh: 'arsinh',
    acosh: 'arcosh',
    atanh: 'artanh',
    ceiling: 'ceil',
    varepsilon: 'epsilon',
    vartheta: 'theta',
    varphi: 'phi',
    varrho: 'rho',
    varsigma: 'sigma',
    varpi: 'pi',
    hbar: 'hbar',
    widehat: 'hat',
    widetilde: 'tilde',
    bar: 'overline',
    overrightarrow: 'vec',
    Re: 'real',
    Im: 'imaginary',
    iint: 'int',
    R: 'reals',
  }),
);

/** Functions of one argument that may be written without brackets: `\sin x`. */
export const FUNCTIONS: ReadonlySet<string> = new Set(
  words(`sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth sech csch
    arsinh arcosh artanh log ln lg exp floor ceil gcd lcm max min det abs real imaginary arg sgn tr Var deg`),
);

/** Names of variables that are commands. */
export const LETTERS: ReadonlySet<string> = new Set(
  words(`alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma tau
    upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar imath
    jmath aleph nabla angle triangle`),
);

/** Commands with a meaning of their own in the grammar. */
const STRUCTURE: ReadonlySet<string> = new Set(
  words(`frac sqrt binom choose begin end sum prod int lim dots infty pi emptyset overline hat tilde vec
    dot ddot operatorname over lfloor rfloor lceil rceil mathbb mathcal mathscr mathfrak substack partial
    reals pmod underset overset stackrel not top intercal`),
);

/** Plain words that mean a command: `sqrt(2)`, `2pi`, `sin x`. */
export const PLAIN_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...Object.fromEntries(
      words(
        'sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln exp floor ceil gcd lcm max min det abs asin acos atan',
      ).map((word) => [word, word]),
    ),
    sqrt: 'sqrt',
    pi: 'pi',
    infinity: 'infty',
    inf: 'infty',
    infty: 'infty',
    theta: 'theta',
    alpha: 'alpha',
    beta: 'beta',
    gamma: 'gamma',
    lambda: 'lambda',
    phi: 'phi',
    omega: 'omega',
    sigma: 'sigma',
    binom: 'binom',
    mod: 'mod',
    union: 'cup',
    emptyset: 'emptyset',
    degrees: 'degree',
    degree: 'degree',
    deg: 'degree',
    pct: 'percent',
    percent: 'percent',
  }),
);

/** Words that put answers side by side. */
export const CONNECTIVES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    and: 'and',
    or: 'or',
    et: 'and',
    ou: 'or',
    und: 'and',
    oder: 'or',
    to: ':',
  }),
);

/** Words that begin a condition on the answer before them. */
export const CONDITIONS: ReadonlySet<string> = new Set(
  words('if for where when with such whenever provided unless given'),
);

/** Every command that is understood; a longer unknown one is taken for a known one without its blank. */
export const KNOWN_COMMANDS: ReadonlySet<string> = new Set([
  ...LAYOUT,
  ...DROPPED_WITH_ARGUMENT,
  ...DROPPED_FIRST_ARGUMENT,
  ...TEXT,
  ...MARKS.keys(),
  ...SYNONYMS.keys(),
  ...FUNCTIONS,
  ...LETTERS,
  ...STRUCTURE,
]);
