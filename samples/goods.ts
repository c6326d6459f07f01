// What the shops sell: names with a range of prices in minor units, by country and trade. Data only; brands are invented or
// left out. A name that ends in `*` is taxed at the reduced rate of its country.
import type { Trade } from './shops.ts';
import type { Locale } from './writing.ts';

type Goods = readonly (readonly [name: string, low: number, high: number])[];

/** `NASI LEMAK BIASA 450-900; …` as a list. */
function goods(list: string): Goods {
  return list.split(';').map((entry) => {
    const [, name = '', low = '', high = ''] = /^\s*(.+?)\s+(\d+)-(\d+)\s*$/.exec(entry) ?? [];
    if (name === '') throw new Error(`Not "name low-high": ${entry}`);
    return [name, Number(low), Number(high)];
  });
}

const malay: { readonly [trade in Trade]?: Goods } = {
  grocery: goods(
    'BERAS WANGI 5KG 2390-3190; GULA HALUS 1KG 285-310; TEPUNG GANDUM 1KG 270-340; MINYAK MASAK 2KG 1290-1590; SUSU PEKAT MANIS 350-460; TELUR GRED B 30S 1190-1450; ROTI PUTIH 400G 280-360; KICAP LEMAK 640ML 590-720; MEE SEGERA AYAM 5S 430-560; SARDIN TIN 425G 690-890; BAWANG HOLLAND 1KG 320-480; KENTANG 1KG 290-450; CILI BOH 500G 390-520; SABUN BASUH 2.3KG 1490-1890; UBAT GIGI 175G 680-990; TISU MUKA 4S 890-1190; AIR MINERAL 1.5L 180-240; BISKUT KELAPA 320G 390-520; KOPI 3DLM1 25S 1390-1690; TEH UNCANG 100S 690-890; PLASTIC BAG 20-20; CUKA BUATAN 350ML 160-220; SANTAN KOTAK 200ML 270-350; IKAN BILIS 200G 980-1350; KACANG HIJAU 500G 330-420',
  ),
  books: goods(
    'BUKU LATIHAN MATE T4 750-990; KAMUS DWIBAHASA 2490-3290; PEN MATA BOLA 0.7 120-240; KERTAS A4 70GSM 1090-1390; PEMADAM KECIL 60-120; FAIL PLASTIK 190-350; MARKER PEN HITAM 280-390; BUKU NOTA A5 320-590; GAM STIK 21G 240-380; PENSEL 2B 12S 490-780',
  ),
  restaurant: goods(
    'NASI LEMAK AYAM 890-1290; MEE GORENG MAMAK 750-950; IKAN SIAKAP 3 RASA 3800-4600; SAYUR KAILAN IKAN MASIN 1400-1800; TOM YAM CAMPUR (M) 2200-2800; NASI PUTIH 200-250; TELUR DADAR 500-700; AYAM MASAK MERAH 1200-1500; SATAY AYAM 10PC 1100-1400; TEH O AIS LIMAU 280-380; SIRAP BANDUNG 300-400; JUS TEMBIKAI 500-690; KERABU MANGGA 900-1200; UDANG SAMBAL 2400-2900',
  ),
  pharmacy: goods(
    'PARACETAMOL 500MG 20S 590-850; VITAMIN C 500MG 60S 2490-3290; PLASTER LUKA 20S 420-650; UBAT BATUK 100ML 890-1290; FACE MASK 3PLY 50S 1290-1890; ANTISEPTIC 250ML 1090-1490; GAUZE SWAB 7.5CM 320-480; LOSYEN KULIT 200ML 1690-2290; THERMOMETER DIGITAL 1890-2690; KAPAS 100G 290-420; MINYAK ANGIN 25ML 680-990; SHAMPOO 350ML 1190-1690',
  ),
  fuel: goods('AIR MINERAL 600ML 150-200; KERIPIK UBI 250-390; KOPI TIN 240ML 280-350'),
  hardware: goods(
    'PAKU KONKRIT 2" 1KG 690-890; CAT EMULSI PUTIH 5L 5490-6890; BERUS CAT 3" 450-690; GAM PVC 100G 380-520; PAIP PVC 20MM 590-790; MENTOL LED 9W 790-1190; WAYAR 2.5MM 10M 2890-3590; SKRU KAYU 1.5" 50S 420-620; PITA PENEBAT 160-240; PLAYAR GABUNG 8" 1590-2290; KUNCI MANGGA 50MM 1290-1890; SIMEN 5KG 450-600',
  ),
  cafe: goods(
    'Kopi O 180-240; Kopi C Ais 280-340; Teh Tarik 220-280; Roti Bakar Kaya 320-420; Telur Separuh Masak 360-420; Mee Siam 650-790; Nasi Lemak Bungkus 280-380; Cham Ais 290-350; Kuih Lapis 150-200; Milo Ais 320-390',
  ),
  stationery: goods(
    'RING FILE 2D A4 650-850; INK CARTRIDGE BLACK 5890-7490; COPY PAPER A4 80G 1290-1590; STAPLER NO.10 890-1290; WHITEBOARD MARKER 290-390; ENVELOPE DL 50S 450-690; CORRECTION TAPE 380-520; LAMINATING FILM A4 2490-3290; DESK CALENDAR 1290-1690; THUMB DRIVE 32GB 2490-3490; PAPER CLIP 33MM 180-250; BOX FILE 3" 590-790',
  ),
};

const english: { readonly [trade in Trade]?: Goods } = {
  grocery: goods(
    'WHOLE MILK 2L* 210-390; FREE RANGE EGGS 12* 320-590; SOURDOUGH LOAF* 280-520; CHEDDAR MATURE 400G* 390-690; BANANAS LOOSE* 90-210; CARROTS 1KG* 80-190; CHICKEN THIGHS* 480-890; BASMATI RICE 1KG* 220-420; CHOPPED TOMATOES* 70-140; OLIVE OIL 500ML* 590-990; DISH SOAP 149-329; PAPER TOWELS 4PK 399-749; SPARKLING WATER 6PK 299-549; DARK CHOCOLATE 180-340; LAUNDRY LIQUID 1L 549-999; CAT FOOD 12X85G 489-899; PORRIDGE OATS* 130-290; SALTED BUTTER* 219-459; APPLES GALA* 169-329; CRISPS SEA SALT 115-299; GROUND COFFEE* 349-799; AA BATTERIES 8 459-899; YOGURT NATURAL* 129-289; SPINACH 200G* 119-249; BIN LINERS 20 189-399; ORANGE JUICE* 199-429; PASTA PENNE* 85-199; BAKED BEANS 4PK* 219-399',
  ),
  restaurant: goods(
    'Buttermilk Pancakes 895-1195; Corned Beef Hash 1095-1395; Country Omelet 1050-1295; Soup of the Day 550-795; Fish and Chips 1295-1695; Steak & Ale Pie 1395-1695; Garden Salad 695-950; Patty Melt 1095-1350; Apple Crumble 595-795; Drip Coffee 275-350; Iced Tea 275-375; Half Bitter 245-325; Lemonade 250-395; Ploughman’s Board 1195-1495; Side of Fries 395-525',
  ),
  cafe: goods(
    'Flat White 360-490; Cortado 330-450; Drip Coffee 12oz 295-375; Oat Latte 475-595; Almond Croissant 395-495; Blueberry Scone 345-445; Avocado Toast 895-1290; Cold Brew 425-550; Chai Latte 450-575; Banana Bread 325-425; Iced Matcha 525-675; Granola Bowl 795-1095',
  ),
  pharmacy: goods(
    'IBUPROFEN 200MG 16 145-289; HAY FEVER TABS 14 399-749; TOOTHPASTE 75ML 199-399; COUGH LINCTUS 200ML 449-799; PLASTERS ASSORTED 40 179-349; HAND CREAM 75ML 299-649; CONTACT SOLN 360ML 599-999; SUN LOTION SPF30 699-1199; MULTIVIT 60 449-849; COTTON BUDS 200 99-199',
  ),
  fuel: goods('COFFEE REG 199-249; TRAIL MIX 299-429; MEAT PIE 450-590; ICE 5KG 450-600; WASHER FLUID 349-499'),
  hardware: goods(
    'DECK SCREWS 3IN 1LB 899-1249; SANDPAPER 120G 5PK 549-799; WD BRACKET 4IN 329-499; PAINT TRAY SET 999-1499; MASKING TAPE 24MM 449-649; GARDEN HOSE 15M 2499-3499; CABLE TIES 100 599-899; HEX KEY SET 1299-1899; PINE 90X45 2.4M 1149-1599; PRIMER 1L 2199-2899; DRILL BIT 6MM 499-749; HINGE BRASS 2PK 699-999; WORK GLOVES L 1099-1599; CAULK WHITE 549-799',
  ),
  bakery: goods(
    'White Bloomer* 240-320; Granary Cob* 260-340; Sausage Roll 185-245; Cheese Scone* 150-195; Eccles Cake* 140-180; Custard Tart* 165-220; Bath Bun* 140-190; Cornish Pasty 345-425; Filter Coffee 195-260; Tea 160-195',
  ),
  stationery: goods(
    'GEL PEN 0.5 BLUE 180-290; NOTEBOOK B5 RULED 390-650; COPY PAPER A4 500S 590-890; STICKY NOTES 4S 320-480; CLEAR FOLDER 10S 350-520; CALCULATOR 12 DIGIT 1590-2290; GLUE STICK 40G 250-390; HIGHLIGHTER SET 690-990; LABELS A4 100S 1490-1990; TONER CARTRIDGE 8900-12900; DESK ORGANISER 1890-2590; ENVELOPES C4 50S 990-1390',
  ),
};

const peranakan: Goods = goods(
  'Laksa Lemak 780-980; Hainanese Chicken Rice 550-750; Char Kway Teow 690-890; Sambal Kangkong 880-1180; Cereal Prawns 1980-2480; Steamed Rice 100-150; Ngoh Hiang 780-980; Chendol 350-480; Barley Ice 220-280; Chinese Tea 150-200; Hotplate Tofu 1180-1480',
);

const german: { readonly [trade in Trade]?: Goods } = {
  bakery: goods(
    'Roggenmischbrot 750g* 345-465; Brezel* 85-120; Mohnbrötchen* 65-90; Körnerstange* 95-135; Apfeltasche* 195-260; Käsekuchen Stück* 295-360; Butterhörnchen* 145-195; Filterkaffee 240-290; Cappuccino 320-390; Belegtes Brötchen* 295-380',
  ),
  pharmacy: goods(
    'Zahnpasta Minze 75ml 95-245; Handseife 500ml 125-295; Duschgel 300ml 145-345; Taschentücher 15er 175-295; Pflaster 20 St 195-345; Kamillentee 25 Btl* 145-225; Sonnencreme LSF30 495-895; Haferriegel 4er* 165-245; Spülmittel 500ml 95-195; Wattepads 80 St 95-165; Babyfeuchttücher 145-225; Müllbeutel 35l 125-225',
  ),
  restaurant: goods(
    'Leberknödelsuppe 590-720; Schweinebraten m. Kloß 1490-1790; Käsespätzle 1190-1390; Zander gebraten 1990-2390; Gemischter Salat 490-690; Apfelschorle 0,4l 390-450; Helles 0,5l 420-490; Mineralwasser 0,75l 590-690; Rote Grütze 590-720; Espresso 240-290; Wiener Schnitzel 1990-2490',
  ),
  stationery: goods(
    'Kopierpapier A4 500 Bl. 549-749; Aktenordner 8 cm 249-399; Tonerkassette schwarz 7490-9990; Kugelschreiber 10 St. 690-1190; Haftnotizen 12 Bl. 590-890; Briefumschläge DL 100 690-990; Locher 40 Blatt 1490-2290; Etiketten 65/Bogen 1290-1890; Schreibtischlampe 3490-4990; Register A-Z 290-490',
  ),
};

/** What a trade sells in a country; never empty. */
export function goodsOf(locale: Locale, trade: Trade): Goods {
  const own = locale === 'en-MY' ? malay : locale === 'de-DE' ? german : english;
  const found = locale === 'en-SG' && trade === 'restaurant' ? peranakan : own[trade];
  if (found === undefined) throw new Error(`No goods for ${trade} in ${locale}.`);
  return found;
}
