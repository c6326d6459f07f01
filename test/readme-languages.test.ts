// The README in its languages: prose may differ, but what a reader copies, sets or follows may not.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './source.ts';

const english = readFileSync(join(ROOT, 'README.md'), 'utf8');
const korean = readFileSync(join(ROOT, 'README.ko.md'), 'utf8');
const BLOCK = /^```\w*\n.*?^```$/gms;

test('the code blocks are the same in both languages', () => {
  const blocks = english.match(BLOCK) ?? [];
  assert.ok(blocks.length > 0);
  assert.deepEqual(korean.match(BLOCK), blocks);
});

test('every table names the same settings and commands in the same order', () => {
  const names = rows(english).map(([first = '']) => codeIn(first));
  assert.ok(names.flat().includes('CRON_SECRET'));
  assert.deepEqual(
    rows(korean).map(([first = '']) => codeIn(first)),
    names,
  );
});

test('every row of a table tells the same figures, variables and values', () => {
  assert.deepEqual(rows(korean).map(figuresAndCode), rows(english).map(figuresAndCode));
});

test('every relative link of both languages leads to a file', () => {
  for (const [name, text] of Object.entries({ 'README.md': english, 'README.ko.md': korean })) {
    const targets = relativeLinks(text);
    assert.ok(targets.length > 0, `${name} has links`);
    const dead = targets.filter((target) => statSync(join(ROOT, target), { throwIfNoEntry: false }) === undefined);
    assert.deepEqual(dead, [], `dead links of ${name}`);
  }
});

test('both languages link to each other and otherwise to the same places', () => {
  const [toKorean, ...places] = relativeLinks(english);
  const [toEnglish, ...sites] = relativeLinks(korean);
  assert.deepEqual([toKorean, toEnglish], ['README.ko.md', 'README.md']);
  assert.deepEqual(sites.sort(), places.sort());
});

/** The cells of all table rows, heads included, in order. */
function rows(text: string): string[][] {
  return [...text.replace(BLOCK, '').matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) => row.split('|'));
}

function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** Sorted, as each language has its own order of words. */
function figuresAndCode(cells: readonly string[]): string[] {
  const text = cells.join('|');
  return [...codeIn(text), ...(text.replace(/`[^`]+`/g, '').match(/\d+(?:\.\d+)*/g) ?? [])].sort();
}

function relativeLinks(text: string): string[] {
  return [...text.replace(BLOCK, '').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/i.test(target));
}
