/** Folds Unicode spellings of mathematics into ASCII and LaTeX, one character at a time. */

const SIGNS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '×': '\\times ',
    '✕': '\\times ',
    '⨯': '\\times ',
    '÷': '\\div ',
    '·': '\\cdot ',
    '⋅': '\\cdot ',
    '∙': '\\cdot ',
    '•': '\\cdot ',
    '∗': '*',
    '−': '-',
    '–': '-',
    '—': '-',
    '‐': '-',
    '‑': '-',
    '‒': '-',
    '―': '-',
    '﹣': '-',
    '±': '\\pm ',
    '∓': '\\mp ',
    '√': '\\sqrt ',
    '∛': '\\sqrt[3]',
    '∜': '\\sqrt[4]',
    '∞': '\\infty ',
    '≤': '\\le ',
    '⩽': '\\le ',
    '≦': '\\le ',
    '≥': '\\ge ',
    '⩾': '\\ge ',
    '≧': '\\ge ',
    '≠': '\\ne ',
    '≈': '\\approx ',
    '≃': '\\approx ',
    '≅': '\\cong ',
    '≡': '\\equiv ',
    '∼': '\\sim ',
    '∈': '\\in ',
    '∉': '\\notin ',
    '∪': '\\cup ',
    '∩': '\\cap ',
    '∖': '\\setminus ',
    '⊂': '\\subset ',
    '⊆': '\\subseteq ',
    '∅': '\\emptyset ',
    '⌀': '\\emptyset ',
    '°': '^{\\circ}',
    º: '^{\\circ}',
    '˚': '^{\\circ}',
    '′': "'",
    '″': "''",
    '⁄': '/',
    '∕': '/',
    '∑': '\\sum ',
    '∏': '\\prod ',
    '∫': '\\int ',
    '∂': '\\partial ',
    '→': '\\to ',
    '⇒': '\\Rightarrow ',
    '⇔': '\\iff ',
    '∧': '\\land ',
    '∨': '\\lor ',
    '¬': '\\neg ',
    '∠': '\\angle ',
    '△': '\\triangle ',
    '⊥': '\\perp ',
    '∥': '\\parallel ',
    '⌊': '\\lfloor ',
    '⌋': '\\rfloor ',
    '⌈': '\\lceil ',
    '⌉': '\\rceil ',
    '⟨': '\\langle ',
    '⟩': '\\rangle ',
    '〈': '\\langle ',
    '〉': '\\rangle ',
    '∣': '|',
    '…': '\\ldots ',
    '⋯': '\\ldots ',
    ℝ: '\\mathbb{R}',
    ℤ: '\\mathbb{Z}',
    ℕ: '\\mathbb{N}',
    ℚ: '\\mathbb{Q}',
    ℂ: '\\mathbb{C}',
    π: '\\pi ',
    '，': ',',
    '、': ',',
    '。': '.',
    '；': ';',
    '：': ':',
    '（': '(',
    '）': ')',
    '【': '[',
    '】': ']',
    '「': '"',
    '」': '"',
    '“': '"',
    '”': '"',
    '„': '"',
    '«': '"',
    '»': '"',
    '‘': "'",
    '’': "'",
    '£': '\\$',
    '€': '\\$',
    '¥': '\\$',
    '₹': '\\$',
    '￥': '\\$',
    '½': '\\frac{1}{2}',
    '⅓': '\\frac{1}{3}',
    '⅔': '\\frac{2}{3}',
    '¼': '\\frac{1}{4}',
    '¾': '\\frac{3}{4}',
    '⅕': '\\frac{1}{5}',
    '⅖': '\\frac{2}{5}',
    '⅗': '\\frac{3}{5}',
    '⅘': '\\frac{4}{5}',
    '⅙': '\\frac{1}{6}',
    '⅚': '\\frac{5}{6}',
    '⅛': '\\frac{1}{8}',
    '⅜': '\\frac{3}{8}',
    '⅝': '\\frac{5}{8}',
    '⅞': '\\frac{7}{8}',
  }),
);

const GREEK =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi chi psi omega'.split(
    ' ',
  );
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ';
const SUPERSCRIPT_TEXT = '0123456789+-=()ni';
const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎';
const SUBSCRIPT_TEXT = '0123456789+-=()';
/** Letters of other scripts that look the same as a Latin one: a reader cannot tell them apart. */
const LOOK_ALIKE = 'АВЕКМНОРСТХаеорсухіјΑΒΕΖΗΙΚΜΝΟΡΤΥΧ';
const LOOK_ALIKE_LATIN = 'ABEKMHOPCTXaeopcyxijABEZHIKMNOPTYX';
/** First digits of the scripts whose digits are written in tens, zero first. */
const DIGIT_ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
  0xf20, 0x1040, 0x17e0, 0x1810,
];

/** Whether every character is plain ASCII, so that there is nothing to fold. */
function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 126) return false;
  }
  return true;
}

/** Rewrites Unicode operators, digits, letters and punctuation as ASCII or LaTeX; other scripts stay. */
export function foldUnicode(text: string): string {
  if (isAscii(text)) return text;
  const parts: string[] = [];
  let script = '';
  for (const character of text) {
    const raised = SUPERSCRIPTS.indexOf(character);
    const lowered = raised < 0 ? SUBSCRIPTS.indexOf(character) : -1;
    const next = raised >= 0 ? '^' : lowered >= 0 ? '_' : '';
    if (next !== script && script !== '') parts.push('}');
    if (next !== script && next !== '') parts.push(`${next}{`);
    script = next;
    if (raised >= 0) parts.push(SUPERSCRIPT_TEXT[raised] ?? '');
    else if (lowered >= 0) parts.push(SUBSCRIPT_TEXT[lowered] ?? '');
    else parts.push(foldCharacter(character));
  }
  if (script !== '') parts.push('}');
  return parts.join('');
}

/** Digits of other scripts as ASCII digits; everything else stays, and so do all positions in the text. */
export function foldDigits(text: string): string {
  if (isAscii(text)) return text;
  return text.replaceAll(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    if (code >= 0xff10 && code <= 0xff19) return String(code - 0xff10);
    for (const zero of DIGIT_ZEROS)
      if (code >= zero && code < zero + 10) return String(code - zero);
    return digit;
  });
}

function foldCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 127) return character;
  const sign = SIGNS.get(character);
  if (sign !== undefined) return sign;
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0);
  if (isInvisible(code)) return '';
  if (code >= 0x3b1 && code <= 0x3c9) return `\\${GREEK[code - 0x3b1]} `;
  const alike = LOOK_ALIKE.indexOf(character);
  if (alike >= 0) return LOOK_ALIKE_LATIN[alike] ?? '';
  const greek = '  ΓΔ   Θ  Λ  Ξ Π  Σ  Φ ΨΩ'.indexOf(character);
  if (greek > 0) {
    const name = GREEK[code - 0x391] ?? '';
    return `\\${name.charAt(0).toUpperCase()}${name.slice(1)} `;
  }
  if (code >= 0x1d400 && code <= 0x1d7ff) return foldUnicode(character.normalize('NFKC'));
  if (isSpace(code)) return ' ';
  for (const zero of DIGIT_ZEROS) if (code >= zero && code < zero + 10) return String(code - zero);
  return character;
}

function isSpace(code: number): boolean {
  return code === 0xa0 || (code >= 0x2000 && code <= 0x200a) || code === 0x202f || code === 0x3000;
}

function isInvisible(code: number): boolean {
  return (
    (code >= 0x7f && code < 0xa0) ||
    code === 0xad ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x2064) ||
    code === 0xfeff
  );
}
