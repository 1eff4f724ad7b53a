import { between, pick, type RandomStream, shuffle } from '@taskspace/core';
import { atLevel, drawUntil } from './draw.ts';
import type { Family } from './family.ts';
import { fraction, operand, quotient, worked } from './latex.ts';

/** Areas of polygons given by coordinates (the shoelace formula). */
export const polygonArea: Family = {
  name: 'polygon-area',
  generate(level, random) {
    const bound = atLevel(level, [12, 12, 12, 9, 9]);
    if (level === 1) {
      const [x, y] = [between(random, -9, 9), between(random, -9, 9)];
      const [width, height] = [between(random, 1, bound), between(random, 1, bound)];
      const corners = [
        [x, y],
        [x + width, y],
        [x, y + height],
      ] as const;
      const area = fraction(width * height, 2);
      return worked({
        key: `right ${corners.join(' ')}`,
        text: `What is the area of the triangle with vertices ${points(shuffle(random, corners))}?`,
        steps: [
          `The legs are parallel to the axes, with lengths $${x + width} - ${operand(x)} = ${width}$ and $${y + height} - ${operand(y)} = ${height}$.`,
          `The area is $${quotient(`${width} \\cdot ${height}`, 2, area)}$.`,
        ],
        answer: area,
      });
    }
    const count = atLevel(level, [3, 3, 3, 4, 5]);
    const corners = drawUntil(
      () => {
        const drawn = Array.from(
          { length: count },
          () =>
            [
              between(random, level === 2 ? 0 : -bound, bound),
              between(random, level === 2 ? 0 : -bound, bound),
            ] as const,
        );
        if (level === 2) drawn[0] = [0, 0];
        return drawn;
      },
      (drawn) => (count === 3 ? twiceArea(drawn) > 0 : isConvex(drawn)),
    );
    const start = corners.reduce(
      (best, corner, index) => (`${corner}` < `${corners[best]}` ? index : best),
      0,
    );
    const ordered = [...corners.slice(start), ...corners.slice(0, start)];
    const terms = corners.map(([x, y], index) => {
      const [p, q] = corners[(index + 1) % count]!;
      return {
        text: `${operand(x)} \\cdot ${operand(q)} - ${operand(p)} \\cdot ${operand(y)}`,
        value: x * q - p * y,
      };
    });
    const twice = twiceArea(corners);
    const area = fraction(twice, 2);
    const shape = count === 3 ? 'triangle' : count === 4 ? 'quadrilateral' : 'pentagon';
    return worked({
      key: `${count} ${ordered.join(' ')}`,
      text: pick(random, [
        `What is the area of the ${shape} with vertices ${points(corners)}${count > 3 ? ', in this order' : ''}?`,
        `The vertices of a ${shape} are ${points(corners)}${count > 3 ? ', in this order' : ''}. Find its area.`,
      ]),
      steps: [
        ...terms.map(({ text, value }) => `$${text} = ${value}$.`),
        `The sum is $${terms.map(({ value }) => operand(value)).join(' + ')} = ${twice}$.`,
        `Half of it is the area: $${quotient(twice, 2, area)}$.`,
      ],
      answer: area,
    });
  },
};

/** Lengths by the theorem of Pythagoras. */
export const rightTriangles: Family = {
  name: 'right-triangles',
  generate(level, random) {
    const scale = between(random, 1, 40);
    const [a, b, c] = shuffleLegs(random, pick(random, TRIPLES)).map(
      (side) => side * scale,
    ) as Triple;
    const [small, large] = [Math.min(a, b), Math.max(a, b)];
    if (level === 1) {
      return worked({
        key: `hypotenuse ${small} ${large}`,
        text: pick(random, [
          `The legs of a right triangle have lengths $${a}$ and $${b}$. How long is the hypotenuse?`,
          `A rectangle is $${a}$ by $${b}$. How long is its diagonal?`,
        ]),
        steps: [`$${a}^2 + ${b}^2 = ${a * a + b * b}$.`, `$\\sqrt{${a * a + b * b}} = ${c}$.`],
        answer: c,
      });
    }
    if (level === 2) {
      const perimeter = a + b + c;
      return worked({
        key: `perimeter ${a} ${c}`,
        text: `A right triangle has a leg of length $${a}$ and a hypotenuse of length $${c}$. What is its perimeter?`,
        steps: [
          `The other leg: $${c}^2 - ${a}^2 = ${b * b}$, and $\\sqrt{${b * b}} = ${b}$.`,
          `$${a} + ${b} + ${c} = ${perimeter}$.`,
        ],
        answer: perimeter,
      });
    }
    if (level === 3) {
      const altitude = fraction(a * b, c);
      return worked({
        key: `altitude ${small} ${large}`,
        text: `The legs of a right triangle have lengths $${a}$ and $${b}$. Find the length of the altitude to the hypotenuse.`,
        steps: [
          `The hypotenuse: $${a}^2 + ${b}^2 = ${c * c}$, and $\\sqrt{${c * c}} = ${c}$.`,
          `Twice the area is $${a} \\cdot ${b} = ${a * b}$, and also the hypotenuse times the altitude.`,
          `$${quotient(a * b, c, altitude)}$.`,
        ],
        answer: altitude,
      });
    }
    if (level === 4) {
      const inradius = (a + b - c) / 2;
      return worked({
        key: `inradius ${small} ${large}`,
        text: `A right triangle has legs of lengths $${a}$ and $${b}$. What is the radius of its inscribed circle?`,
        steps: [
          `The hypotenuse: $${a}^2 + ${b}^2 = ${c * c}$, and $\\sqrt{${c * c}} = ${c}$.`,
          `In a right triangle the radius is half of legs minus hypotenuse: $${quotient(`${a} + ${b} - ${c}`, 2, inradius)}$.`,
        ],
        answer: inradius,
      });
    }
    // An isosceles triangle or trapezoid cut into right triangles.
    const top = between(random, 1, 30);
    const bottom = top + 2 * a;
    const area = ((top + bottom) * b) / 2;
    return worked({
      key: `trapezoid ${top} ${bottom} ${c}`,
      text: `An isosceles trapezoid has parallel sides of lengths $${top}$ and $${bottom}$ and legs of length $${c}$. What is its area?`,
      steps: [
        `Each leg spans $${quotient(`${bottom} - ${top}`, 2, a)}$ of the longer side.`,
        `The height: $${c}^2 - ${a}^2 = ${b * b}$, and $\\sqrt{${b * b}} = ${b}$.`,
        `The area is $${quotient(`(${top} + ${bottom}) \\cdot ${b}`, 2, fraction((top + bottom) * b, 2))}$.`,
      ],
      answer: area,
    });
  },
};

/** Areas and lengths with π. */
export const circles: Family = {
  name: 'circles',
  generate(level, random) {
    const pi = (top: number, bottom = 1) => {
      const value = fraction(top, bottom);
      return value === '1' ? '\\pi' : `${value}\\pi`;
    };
    if (level === 1) {
      const [inner, outer] = ordered(random, 1, 30);
      const area = outer ** 2 - inner ** 2;
      return worked({
        key: `ring ${inner} ${outer}`,
        text: pick(random, [
          `Two circles with the same center have radii $${inner}$ and $${outer}$. Find the area between them in terms of $\\pi$.`,
          `A ring has inner radius $${inner}$ and outer radius $${outer}$. What is its area in terms of $\\pi$?`,
        ]),
        steps: [
          `The area is $\\pi$ times the difference of the squares of the radii.`,
          `$${outer}^2 - ${inner}^2 = ${area}$.`,
        ],
        answer: pi(area),
      });
    }
    const angle = pick(
      random,
      [20, 24, 30, 36, 40, 45, 60, 72, 75, 80, 90, 100, 108, 120, 135, 144, 150],
    );
    const r = between(random, 2, 30);
    if (level === 2) {
      return worked({
        key: `sector ${angle} ${r}`,
        text: `A sector of a circle with radius $${r}$ has a central angle of $${angle}$ degrees. Find its area in terms of $\\pi$.`,
        steps: [
          `The sector is $${quotient(angle, 360, fraction(angle, 360))}$ of the circle.`,
          `The area over $\\pi$ is $${quotient(`${angle} \\cdot ${r}^2`, 360, fraction(angle * r * r, 360))}$.`,
        ],
        answer: pi(angle * r * r, 360),
      });
    }
    if (level === 3) {
      const [radius, height] = [between(random, 1, 15), between(random, 2, 20)];
      return worked({
        key: `cone ${radius} ${height}`,
        text: pick(random, [
          `A cone has base radius $${radius}$ and height $${height}$. Find its volume in terms of $\\pi$.`,
          `What is the volume, in terms of $\\pi$, of a circular cone of height $${height}$ whose base has radius $${radius}$?`,
        ]),
        steps: [
          `The volume is a third of base times height; over $\\pi$ it is $${quotient(`${radius}^2 \\cdot ${height}`, 3, fraction(radius ** 2 * height, 3))}$.`,
        ],
        answer: pi(radius ** 2 * height, 3),
      });
    }
    if (level === 4) {
      const [a, b, c] = pick(random, TRIPLES);
      const scale = between(random, 1, 40);
      const sides = [a, b, c].map((side) => side * scale) as Triple;
      return worked({
        key: `circumscribed ${sides.join(' ')}`,
        text: `A triangle has sides $${sides[0]}$, $${sides[1]}$ and $${sides[2]}$. Find the area of its circumscribed circle in terms of $\\pi$.`,
        steps: [
          `$${sides[0]}^2 + ${sides[1]}^2 = ${sides[2]}^2$, so the longest side is a diameter.`,
          `The area over $\\pi$ is $${quotient(`${sides[2]}^2`, 4, fraction(sides[2] ** 2, 4))}$.`,
        ],
        answer: pi(sides[2] ** 2, 4),
      });
    }
    const [radius, height] = [between(random, 1, 12), between(random, 1, 15)];
    const twoThirds = 2 * radius ** 3;
    const top = twoThirds + 3 * radius ** 2 * height;
    return worked({
      key: `capped ${radius} ${height}`,
      text: `A solid is a cylinder of radius $${radius}$ and height $${height}$ with a half ball of radius $${radius}$ on top. Find its volume in terms of $\\pi$.`,
      steps: [
        `The cylinder over $\\pi$: $${radius}^2 \\cdot ${height} = ${radius ** 2 * height}$.`,
        `The half ball over $\\pi$: $${quotient(`2 \\cdot ${radius}^3`, 3, fraction(twoThirds, 3))}$.`,
        `Together: $${radius ** 2 * height} + ${fraction(twoThirds, 3)} = ${fraction(top, 3)}$.`,
      ],
      answer: pi(top, 3),
    });
  },
};

type Point = readonly [number, number];
type Triple = [number, number, number];

const TRIPLES: readonly Readonly<Triple>[] = [
  [3, 4, 5],
  [5, 12, 13],
  [8, 15, 17],
  [7, 24, 25],
  [20, 21, 29],
  [12, 35, 37],
  [9, 40, 41],
  [28, 45, 53],
];

function shuffleLegs(random: RandomStream, [a, b, c]: Readonly<Triple>): Triple {
  return random.integer(2) === 0 ? [a, b, c] : [b, a, c];
}

function ordered(random: RandomStream, low: number, high: number): readonly [number, number] {
  const [a, b] = drawUntil(
    () => [between(random, low, high), between(random, low, high)] as const,
    ([a, b]) => a < b,
  );
  return [a, b];
}

function points(corners: readonly Point[]): string {
  const shown = corners.map(([x, y]) => `$(${x}, ${y})$`);
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

function twiceArea(corners: readonly Point[]): number {
  return corners.reduce((sum, [x, y], index) => {
    const [p, q] = corners[(index + 1) % corners.length]!;
    return sum + x * q - p * y;
  }, 0);
}

/** Whether every corner turns left, and the boundary goes round once. */
function isConvex(corners: readonly Point[]): boolean {
  const n = corners.length;
  let turn = 0;
  for (let index = 0; index < n; index++) {
    const [a, b, c] = [0, 1, 2].map((step) => corners[(index + step) % n]!) as [
      Point,
      Point,
      Point,
    ];
    const before = [b[0] - a[0], b[1] - a[1]] as const;
    const after = [c[0] - b[0], c[1] - b[1]] as const;
    const cross = before[0] * after[1] - before[1] * after[0];
    if (cross <= 0) return false;
    turn += Math.atan2(cross, before[0] * after[0] + before[1] * after[1]);
  }
  return turn < 2 * Math.PI + 0.1;
}
