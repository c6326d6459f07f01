// The sellers of the sample receipts. Every company, street, town, number and telephone is invented; telephones use ranges
// kept for fiction where a country has them, and zeros where it has none.
import type { Locale } from './writing.ts';

/** What a shop sells; decides which list its items are taken from. */
export type Trade =
  | 'grocery'
  | 'books'
  | 'restaurant'
  | 'pharmacy'
  | 'fuel'
  | 'hardware'
  | 'cafe'
  | 'hotel'
  | 'stationery'
  | 'bakery';

/** A seller as it stands at the head of its receipts. */
export interface Shop {
  readonly name: string;
  /** The legal form printed after the name, or none. */
  readonly legal: string;
  /** Another company with one word changed, for the claims that name the wrong one. */
  readonly near: string;
  readonly locale: Locale;
  readonly trade: Trade;
  readonly address: readonly string[];
  readonly phone: string;
  /** Lines with registration and tax numbers. */
  readonly numbers: readonly string[];
  /** The sign above the door, set large above the company where a layout has one. */
  readonly sign: string;
}

type Row = readonly [
  name: string,
  legal: string,
  near: string,
  trade: Trade,
  sign: string,
  address: string,
  phone: string,
  numbers: string,
];

// biome-ignore format: a table, one shop a line
const rows: { readonly [locale in Locale]: { readonly [key: string]: Row } } = {
  'en-MY': {
    lumbira: ['LUMBIRA JAYA MINIMART', 'SDN BHD', 'LUMBIRA PERDANA MINIMART', 'grocery', 'LUMBIRA', 'No. 14, Jalan Kelapa Senja 3/2|Taman Lumbira Indah|09940 Bandar Senjaraya', '03-0000 1472', '(001847-K)|Lesen No: 000418/A'],
    tekurai: ['KEDAI BUKU TEKURAI', '', 'KEDAI BUKU MENARIS', 'books', 'TEKURAI', '27G, Lorong Pustaka Dua|Taman Aksara Murni|09815 Kuala Tekurai', '07-0000 3391', '(JR0009184-W)'],
    sampan: ['RESTORAN SAMPAN KELADI', 'SDN BHD', 'RESTORAN SAMPAN BERINGIN', 'restaurant', 'Sampan Keladi', 'Lot 5, Medan Selera Tepi Tasik|Jalan Keladi Hitam|09620 Pekan Tasikraya', '04-0000 8205', 'Co. Reg. 000392-D|SST ID: W00-0018-00000417'],
    embun: ['FARMASI EMBUN SATRIA', 'SDN BHD', 'FARMASI EMBUN WIRANATA', 'pharmacy', 'EMBUN SATRIA', '8 & 10, Jalan Penawar 1|Bandar Embun Baru|09730 Embunraya', '03-0000 6618', '(000755-T)|GST ID: 000963301285'],
    ratubaru: ['STESEN MINYAK RATUBARU', 'SDN BHD', 'STESEN MINYAK KANTILANG', 'fuel', 'RATUBARU', 'KM 9, Lebuh Ratubaru - Senja|09410 Simpang Ratubaru', '05-0000 7740', '(000613-A)'],
    tunjangan: ['PERKAKASAN BESI TUNJANGAN', 'SDN BHD', 'PERKAKASAN KAYU TUNJANGAN', 'hardware', 'BESI TUNJANGAN', '31, Jalan Tukul Besi 6|Kawasan Perindustrian Tunjang|09380 Tunjangan', '06-0000 2153', '(000288-P)|GST ID: 000127745908'],
    pelitawan: ['KOPITIAM LORONG PELITAWAN', '', 'KOPITIAM LORONG DAHLIAWAN', 'cafe', 'Pelitawan', '3, Lorong Pelitawan|09950 Bandar Senjaraya', '03-0000 5529', '(SA0017720-H)'],
    gemilau: ['PASARAYA GEMILAU UTARA', 'SDN BHD', 'PASARAYA GEMILAU SELATAN', 'grocery', 'GEMILAU', 'Tingkat Bawah, Kompleks Gemilau|Persiaran Utara Jati|09120 Utarajati', '04-0000 9936', 'Company Reg. No. 000904-M|SST No: B00-1808-00000731'],
    senandika: ['HOTEL SENANDIKA BAY', 'SDN BHD', 'HOTEL SENANDIKA HILL', 'hotel', 'Senandika Bay', 'Jalan Teluk Senandika|09870 Pulau Senandika', '09-0000 4410', '(000571-V)|SST ID: W00-0018-00000902'],
    nusapena: ['ALAT TULIS NUSAPENA', 'ENTERPRISE', 'ALAT TULIS DUTAPENA', 'stationery', 'NUSAPENA', '19-1, Jalan Dakwat 2|Pusat Niaga Pena|09550 Kota Penaraya', '03-0000 8871', '(000146-X)'],
  },
  'en-US': {
    brackwell: ['BRACKWELL & TOOMLEY HARDWARE', 'LLC', 'BRACKWELL & FENWISH HARDWARE', 'hardware', 'B&T HARDWARE', '4410 Cinderpath Road|Marlow Bend, OR 00971', '(503) 555-0142', 'Store #0017'],
    thistlemarch: ['THISTLEMARCH CREEK DINER', 'INC', 'THISTLEMARCH RIDGE DINER', 'restaurant', 'Thistlemarch', '82 Old Sawmill Lane|Corbel Falls, VT 00512', '(802) 555-0119', 'Est. 1983'],
    quillombe: ['QUILLOMBE COFFEE ROASTERS', 'LLC', 'QUILLOMBE TEA ROASTERS', 'cafe', 'quillombe', '1207 Lantern Street|Port Averley, WA 00983', '(206) 555-0177', ''],
    prisk: ['HOLLOWAY PRISK MARKET', 'INC', 'HOLLOWAY DUNMORE MARKET', 'grocery', 'HOLLOWAY PRISK', '950 Juniper Flats Blvd|Saint Orrin, NM 00875', '(505) 555-0163', 'Store 0221  Reg 04'],
    vanterra: ['VANTERRA FUEL STOP', 'LLC', 'VANTERRA TIRE STOP', 'fuel', 'VANTERRA', 'I-00 Exit 214|Dry Lantern, NE 00689', '(308) 555-0125', 'Site 00482'],
  },
  'en-GB': {
    pennywren: ['PENNYWREN BAKERS', 'LTD', 'PENNYWREN BREWERS', 'bakery', 'Pennywren', '6 Cobbler’s Row|Wexcombe St Mary|ZZ1 4PW', '01632 960148', 'VAT No. 000 4817 62'],
    ostermere: ['OSTERMERE CHEMISTS', 'LTD', 'OSTERMERE OPTICIANS', 'pharmacy', 'OSTERMERE', '41 High Causeway|Ostermere|ZZ7 2CH', '01632 960377', 'VAT Reg 000 9920 15'],
    heron: ['THE DAPPLED HERON INN', 'LTD', 'THE DAPPLED BADGER INN', 'restaurant', 'The Dappled Heron', 'Ferry Lane, Little Averham|ZZ11 9HN', '01632 960521', 'VAT No. 000 3308 71'],
    grimsale: ['GRIMSALE OATLEY STORES', 'LTD', 'GRIMSALE BARLOW STORES', 'grocery', 'GRIMSALE OATLEY', '120 Tannery Road|Hexworthy Vale|ZZ4 6GO', '01632 960834', 'VAT No. 000 7126 40'],
  },
  'de-DE': {
    immerkorn: ['Bäckerei Immerkorn', 'GmbH', 'Bäckerei Abendkorn', 'bakery', 'Immerkorn', 'Mühlenstieg 12|00417 Niederhallen', '030 23125 041', 'USt-IdNr. DE000418273|St.-Nr. 00/417/00822'],
    silberfarn: ['Drogerie Silberfarn', 'GmbH', 'Drogerie Goldfarn', 'pharmacy', 'SILBERFARN', 'Am Alten Gleis 3-5|00934 Wiesenbrück', '030 23125 187', 'USt-IdNr. DE000772914'],
    mondhirsch: ['Gasthaus Zum Mondhirsch', 'e.K.', 'Gasthaus Zum Goldlachs', 'restaurant', 'Zum Mondhirsch', 'Kirchgasse 7|00688 Oberlauenfels', '030 23125 556', 'St.-Nr. 00/688/01149'],
    federstrich: ['Bürobedarf Federstrich', 'GmbH & Co. KG', 'Bürobedarf Tintenfass', 'stationery', 'Federstrich', 'Industrieweg 44|00251 Neuhammerstadt', '030 23125 730', 'USt-IdNr. DE000551806'],
  },
  'en-SG': {
    lanterna: ['KAMPONG LANTERNA EATING HOUSE', 'PTE LTD', 'KAMPONG MERANTA EATING HOUSE', 'restaurant', 'Kampong Lanterna', 'Blk 00 Lanterna Road #01-07|Singapore 000417', '+65 0000 2814', 'UEN 000018472Z|GST Reg No. M0-0018472-0'],
    merridot: ['MERRIDOT STATIONERY', 'PTE LTD', 'MERRIDOT UPHOLSTERY', 'stationery', 'MERRIDOT', '11 Inkwell Crescent #02-15|Singapore 000836', '+65 0000 7739', 'UEN 000044091K'],
    tideberry: ['TIDEBERRY CAFE', 'PTE LTD', 'MOONBERRY CAFE', 'cafe', 'tideberry', '3 Pasir Cendana Walk #01-22|Singapore 000592', '+65 0000 6150', 'UEN 000071356D'],
  },
  'en-AU': {
    wattlebrook: ['WATTLEBROOK GROCERS', 'PTY LTD', 'WATTLEBROOK FLORISTS', 'grocery', 'Wattlebrook', '58 Cockleshell Parade|Yarrabindi NSW 0299', '(02) 5550 0148', 'ABN 00 418 207 993'],
    coolabindi: ['COOLABINDI SERVO', 'PTY LTD', 'COOLABINDI PANEL', 'fuel', 'COOLABINDI', 'Lot 9 Stockroute Highway|Coolabindi QLD 0499', '(07) 5550 0177', 'ABN 00 730 156 284'],
    tern: ['TERN ISLAND HARDWARE', 'PTY LTD', 'GANNET ISLAND HARDWARE', 'hardware', 'TERN ISLAND', '2 Slipway Street|Port Marrable SA 0599', '(08) 5550 0123', 'ABN 00 266 914 805'],
  },
};

/** All sellers by a short key. */
export const shops: ReadonlyMap<string, Shop> = new Map(
  Object.entries(rows).flatMap(([locale, list]) =>
    Object.entries(list).map(([key, [name, legal, near, trade, sign, address, phone, numbers]]): [string, Shop] => [
      key,
      {
        name,
        legal,
        near,
        trade,
        sign,
        phone,
        locale: locale as Locale,
        address: address.split('|'),
        numbers: numbers === '' ? [] : numbers.split('|'),
      },
    ]),
  ),
);

/** The company as printed, with its legal form. */
export function companyOf(shop: Shop): string {
  return shop.legal === '' ? shop.name : `${shop.name} ${shop.legal}`;
}

/** The other company, with the same legal form. */
export function nearCompanyOf(shop: Shop): string {
  return shop.legal === '' ? shop.near : `${shop.near} ${shop.legal}`;
}
