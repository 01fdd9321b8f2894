import { describe, expect, it } from 'vitest';
import { RowPages } from './RowPages.ts';

const pagesOf = (maxPages = 4) => new RowPages<string>({ pageRows: 10, maxPages });
const rowsOf = (page: number, mark = '') => Array.from({ length: 10 }, (_, at) => `${page * 10 + at}${mark}`);

/** Asks for pages until none is wanted; returns which. */
function fill(pages: RowPages<string>, mark = ''): readonly number[] {
  const asked: number[] = [];
  for (let page = pages.wanted(); page !== undefined; page = pages.wanted()) {
    asked.push(page);
    pages.put(page, rowsOf(page, mark), pages.generation);
  }
  return asked;
}

describe('pages of a long list', () => {
  it('are asked for where somebody looks, and nowhere else', () => {
    const pages = pagesOf();
    pages.look(995, 1_012);
    expect(fill(pages)).toEqual([99, 100, 101]);
    expect(pages.get(1_012)).toBe('1012');
    expect(pages.get(0)).toBeUndefined();
  });

  it('are never more than the bound, the nearest ones', () => {
    const pages = pagesOf(3);
    for (let first = 0; first < 1_000; first += 10) {
      pages.look(first, first + 9);
      fill(pages);
      expect(pages.size).toBeLessThanOrEqual(3);
    }
    expect(pages.get(999)).toBe('999');
    expect(pages.get(970)).toBe('970');
    expect(pages.get(960)).toBeUndefined();
  });

  it('stay readable after a change until the new ones are here', () => {
    const pages = pagesOf();
    pages.look(0, 5);
    fill(pages);
    pages.outdate();
    expect(pages.get(3)).toBe('3');
    expect(fill(pages, ' new')).toEqual([0]);
    expect(pages.get(3)).toBe('3 new');
  });

  it('are asked for again when the list changed while they were on their way', () => {
    const pages = pagesOf();
    pages.look(0, 5);
    const { generation } = pages;
    pages.outdate();
    pages.put(0, rowsOf(0), generation);
    expect(pages.get(0)).toBe('0');
    expect(pages.wanted()).toBe(0);
  });

  it('come in the order missing, then outdated', () => {
    const pages = pagesOf();
    pages.look(0, 5);
    fill(pages);
    pages.outdate();
    pages.look(0, 15);
    expect(fill(pages)).toEqual([1, 0]);
  });

  it('are gone when another list is shown', () => {
    const pages = pagesOf();
    pages.look(0, 5);
    fill(pages);
    pages.clear();
    expect(pages.get(0)).toBeUndefined();
    expect(pages.wanted()).toBe(0);
  });
});
