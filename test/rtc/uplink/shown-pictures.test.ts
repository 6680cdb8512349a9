/** How large a page shows the pictures of others, over all of its elements. */
import { expect } from 'chai';
import { ShownPictures } from '../../../components/rtc/uplink/shown-pictures.ts';
import type { Shown, Size } from '../../../components/rtc/uplink/shown.ts';

const SMALL: Size = [160, 90];
const TALL: Size = [90, 160];
const HIDDEN: Size = [0, 0];

const report = (camera: Size, screen: Size = camera) => new Map<string, Shown>([['kim', { camera, screen }]]);

describe('what a page shows of a participant', () => {
  it('is the largest that any element shows', () => {
    const pictures = new ShownPictures();
    const [one, two] = [{}, {}];
    pictures.setReport(one, report(SMALL, HIDDEN));
    pictures.setReport(two, report(TALL, HIDDEN));
    expect(pictures.store.get().get('kim')).to.deep.equal({ camera: [160, 160], screen: [0, 0] });
    pictures.setReport(two, report(HIDDEN));
    expect(pictures.store.get().get('kim')!.camera, 'replaced').to.deep.equal(SMALL);
    pictures.setReport(one, null);
    expect(pictures.store.get().get('kim')!.camera, 'taken back').to.deep.equal(HIDDEN);
    pictures.setReport(two, null);
    expect(pictures.store.get().size, 'nobody tells').to.equal(0);
  });

  it('has no size where one element cannot tell it', () => {
    const pictures = new ShownPictures();
    pictures.setReport({}, report(SMALL));
    pictures.setReport({}, new Map([['kim', { screen: HIDDEN }]]));
    expect(pictures.store.get().get('kim')).to.deep.equal({ screen: SMALL });
  });

  it('has no size from the moment when the page took the stream, until the participant leaves', () => {
    const pictures = new ShownPictures();
    const element = {};
    pictures.setReport(element, report(HIDDEN));
    pictures.handleTaken('kim', 'camera');
    expect(pictures.store.get().get('kim')).to.deep.equal({ screen: HIDDEN });
    pictures.setReport(element, report(SMALL));
    expect(pictures.store.get().get('kim'), 'for good').to.deep.equal({ screen: SMALL });
    pictures.handleTaken('kim', 'screen');
    expect(pictures.store.get().get('kim')).to.deep.equal({});
    pictures.handleLeft('kim');
    expect(pictures.store.get().get('kim')).to.deep.equal({ camera: SMALL, screen: SMALL });
  });

  it('tells nothing new when the page reads the same stream again', () => {
    const pictures = new ShownPictures();
    let changes = 0;
    pictures.store.subscribe(() => changes++);
    for (let index = 0; index < 5; index++) pictures.handleTaken('kim', 'camera');
    expect(changes).to.equal(1);
  });
});
